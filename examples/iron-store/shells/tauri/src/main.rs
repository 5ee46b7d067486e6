// The shell for Tauri: one window, and the program of `../../main.ts` in a process of its own.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use base64::{engine::general_purpose::STANDARD, Engine};
use std::sync::Mutex;
use tauri::{AppHandle, Manager, RunEvent, Url, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_opener::OpenerExt;
use tauri_plugin_shell::process::{CommandChild, CommandEvent};
use tauri_plugin_shell::ShellExt;

/// Dropping it closes its input, which is the end of the program.
struct Program(Mutex<Option<CommandChild>>);

type Failure = Box<dyn std::error::Error>;

fn main() {
    tauri::Builder::default()
        // One program on one store. The second start shows the window of the first.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            if let Some(window) = app.get_webview_window("main") {
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_shell::init())
        .manage(Program(Mutex::new(None)))
        .setup(|app| start(app.handle()))
        .build(tauri::generate_context!())
        .expect("Iron Store does not start")
        .run(|app, event| {
            if let RunEvent::Exit = event {
                drop(app.state::<Program>().0.lock().unwrap().take());
            }
        });
}

fn start(app: &AppHandle) -> Result<(), Failure> {
    let data = app.path().app_data_dir()?.join("store");
    let resources = app.path().resource_dir()?.join("app");
    let (mut events, mut child) = app
        .shell()
        .sidecar("node")?
        .arg(resources.join("main.mjs"))
        .args(["--shell", "--data"])
        .arg(data)
        .arg("--ui")
        .arg(resources.join("ui"))
        .spawn()?;
    let greeting = match key() {
        Ok(key) => serde_json::json!({ "key": key }),
        // Without a key store, the program keeps a key in a file that only this user can read.
        Err(_) => serde_json::json!({}),
    };
    child.write(format!("{greeting}\n").as_bytes())?;
    *app.state::<Program>().0.lock().unwrap() = Some(child);

    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        while let Some(event) = events.recv().await {
            match event {
                // A line at a time; the first one says where it is.
                CommandEvent::Stdout(line) if app.get_webview_window("main").is_none() => {
                    if show(&app, &line).is_err() {
                        app.exit(1);
                    }
                }
                CommandEvent::Terminated(_) => app.exit(1),
                _ => {}
            }
        }
    });
    Ok(())
}

fn show(app: &AppHandle, line: &[u8]) -> Result<(), Failure> {
    let said: serde_json::Value = serde_json::from_slice(line)?;
    let url: Url = said["url"].as_str().ok_or("no address")?.parse()?;
    let origin = url.origin();
    let opener = app.clone();
    WebviewWindowBuilder::new(app, "main", WebviewUrl::External(url))
        .title("Iron Store")
        .inner_size(1280.0, 860.0)
        // Nothing else comes into this window. People sign in with Google and Microsoft in the browser that they know.
        .on_navigation(move |to| {
            let is_ours = to.origin() == origin;
            if !is_ours && to.scheme() == "https" {
                let _ = opener.opener().open_url(to.as_str(), None::<&str>);
            }
            is_ours
        })
        .build()?;
    Ok(())
}

/// Made once, and kept by the key store of the system: Keychain, Credential Manager, Secret Service.
fn key() -> Result<String, Failure> {
    let entry = keyring::Entry::new("com.example.ironstore", "machine key")?;
    match entry.get_secret() {
        Ok(kept) => Ok(STANDARD.encode(kept)),
        Err(keyring::Error::NoEntry) => {
            let made: [u8; 32] = rand::random();
            entry.set_secret(&made)?;
            Ok(STANDARD.encode(made))
        }
        Err(other) => Err(other.into()),
    }
}
