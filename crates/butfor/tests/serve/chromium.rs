//! Chromium by the DevTools protocol over a pipe: messages of JSON, each with a zero byte behind it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// An answer of the browser; a picture on a busy machine takes some time.
const ANSWER: Duration = Duration::from_secs(60);

/// The protocol's pipes are the file descriptors 3 and 4.
const RUN: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// A browser of the test's own.
pub struct Chromium {
    process: Child,
    wire: Rc<RefCell<Wire>>,
}

struct Wire {
    input: ChildStdin,
    output: Receiver<Value>,
    last: i64,
    events: Vec<Value>,
}

/// A page in it.
pub struct Tab {
    wire: Rc<RefCell<Wire>>,
    session: String,
    complaints: Vec<String>,
}

fn binary() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.find(|file| file.is_file())
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.wire.borrow_mut().ask("", "Browser.close", json!({}));
        let _ = self.process.wait();
    }
}

impl Chromium {
    /// Starts the browser with its data in a folder; `None` where there is none.
    pub fn start(folder: &Path) -> Option<Self> {
        let profile = folder.join("profile");
        let mut process = Command::new("/bin/sh")
            .args(["-c", RUN])
            .arg(binary()?)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.display()))
            .env("HOME", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let input = process.stdin.take().unwrap();
        let wire = Wire { input, output: receiver, last: 0, events: Vec::new() };
        Some(Self { process, wire: Rc::new(RefCell::new(wire)) })
    }

    /// A new page.
    pub fn tab(&self) -> Tab {
        let mut wire = self.wire.borrow_mut();
        let target = wire.ask("", "Target.createTarget", json!({"url": "about:blank"})).unwrap();
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = wire.ask("", "Target.attachToTarget", target).unwrap();
        let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        wire.ask("", "Browser.grantPermissions", permissions).unwrap();
        drop(wire);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let mut tab = Tab { wire: Rc::clone(&self.wire), session, complaints: Vec::new() };
        for domain in ["Page", "Runtime", "Log"] {
            tab.ask(&format!("{domain}.enable"), json!({}));
        }
        tab.ask("Page.bringToFront", json!({}));
        tab
    }
}

impl Wire {
    /// Asks, and waits for the answer; what happens meanwhile is kept.
    fn ask(&mut self, session: &str, method: &str, parameters: Value) -> Result<Value, String> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let sent = self.input.write_all(format!("{message}\0").as_bytes()).and_then(|()| self.input.flush());
        sent.map_err(|error| error.to_string())?;
        let end = Instant::now() + ANSWER;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.output.recv_timeout(left).map_err(|error| format!("{method}: {error}"))?;
            match message["id"].as_i64() {
                Some(id) if id == self.last => {
                    let error = message["error"]["message"].as_str();
                    return error.map_or(Ok(message["result"].clone()), |it| Err(format!("{method}: {it}")));
                }
                Some(_) => {}
                None => self.events.push(message),
            }
        }
    }
}

impl Tab {
    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.wire.borrow_mut().ask(&self.session, method, parameters);
        self.hear();
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Notes what the browser found wrong: errors of scripts, of the console, of the content security policy, of loading.
    fn hear(&mut self) {
        for event in std::mem::take(&mut self.wire.borrow_mut().events) {
            let of = &event["params"];
            let complaint = match event["method"].as_str() {
                Some("Runtime.exceptionThrown") => Some(of["exceptionDetails"].to_string()),
                Some("Runtime.consoleAPICalled") if of["type"] != "log" => Some(of["args"].to_string()),
                Some("Log.entryAdded") if of["entry"]["level"] != "info" => Some(of["entry"].to_string()),
                _ => None,
            };
            self.complaints.extend(complaint);
        }
    }

    pub fn complaints(&self) -> Vec<String> {
        self.complaints.clone()
    }

    /// The size of the screen, in CSS pixels.
    pub fn size(&mut self, width: i64, height: i64, is_phone: bool) {
        let scale = if is_phone { 2 } else { 1 };
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone});
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// `light` or `dark`.
    pub fn scheme(&mut self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Opens an address, and waits until its page is there.
    pub fn open(&mut self, url: &str) {
        let opened = self.ask("Page.navigate", json!({"url": url}));
        assert!(opened.get("errorText").is_none(), "{url}: {opened}");
        self.loaded();
    }

    /// Waits until the page is loaded.
    pub fn loaded(&mut self) {
        crate::support::until(ANSWER, "the page", || {
            (self.value("document.readyState") == "complete").then_some(())
        });
    }

    /// What an expression comes to; `null` while the page is being replaced.
    pub fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.wire.borrow_mut().ask(&self.session, "Runtime.evaluate", asked);
        self.hear();
        match answer {
            Ok(answer) if answer.get("exceptionDetails").is_some() => panic!("{expression}: {answer}"),
            Ok(answer) => answer["result"]["value"].clone(),
            Err(error) if error.contains("ontext") => Value::Null,
            Err(error) => panic!("{error}"),
        }
    }

    /// Clicks on an element as a mouse does: what lies above it would be hit instead.
    pub fn click(&mut self, element: &str) {
        let place = format!(
            "(() => {{ const it = {element}; it.scrollIntoView({{block: 'center'}}); const box = it.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let place = self.value(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            let mouse =
                json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", mouse);
        }
    }

    /// A picture of the whole page.
    pub fn picture(&mut self, file: &Path) {
        let size = self.ask("Page.getLayoutMetrics", json!({}));
        let size = &size["cssContentSize"];
        let height = size["height"].as_f64().unwrap().min(4000.0);
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1});
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.ask("Page.captureScreenshot", asked);
        std::fs::write(file, STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}
