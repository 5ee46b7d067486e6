import { type Words, english } from '@backup/react/dashboard'

const clouds: Readonly<Record<string, string>> = { gdrive: 'Google Drive', onedrive: 'OneDrive' }

/** Places in the words of people: `gdrive:iron-store/Backups` is Google Drive to them. */
function plain(text: string): string {
  return text.replace(/\b(gdrive|onedrive):\S*[^\s.,;:]/g, (place, name: string) => clouds[name] ?? place)
}

/** What is said to developers elsewhere is said to the owner of a shop here. */
export const words: Words = {
  ...english,
  reason(reason) {
    const { title, message, action } = english.reason(reason)
    return title === 'One misfortune could take all copies'
      ? { title, message: 'All copies are in this house: fire or theft would take them with the machine.', action: 'Add Google Drive or OneDrive under “Where backups go”.' }
      : { title: plain(title), message: plain(message), action: plain(action) }
  },
}
