/** Tests reach nobody but this machine; Next would ask a registry about itself. */
export default { experimental: { agentUpgrade: false } }
