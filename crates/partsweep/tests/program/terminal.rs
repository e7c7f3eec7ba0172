//! Running the binary at a pseudo terminal, made by `script` of util-linux.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::program::isolate;
use crate::store::Store;

/// How long a text may take to appear; only a broken program takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A person at a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: Option<ChildStdin>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    read_to: usize,
}

#[derive(Default)]
struct Screen {
    text: String,
    closed: bool,
}

impl Terminal {
    /// Starts the binary at a terminal of 80 columns, with keys to a store.
    pub(crate) fn on(store: &Store, args: &str) -> Self {
        Self::start(store, args, &Self::keys())
    }

    /// Starts the binary at a terminal of so many columns, with keys to a store.
    pub(crate) fn sized(store: &Store, args: &str, columns: u16) -> Self {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        let columns_of = ("COLUMNS_OF_TEST", &*columns.to_string());
        let mut variables = Self::keys().to_vec();
        variables.push(columns_of);
        Self::with(store, &format!("exec '{binary}' {args}"), &variables)
    }

    fn keys() -> [(&'static str, &'static str); 2] {
        [
            ("AWS_ACCESS_KEY_ID", partsweep_sim::ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", partsweep_sim::SECRET_KEY),
        ]
    }

    /// Starts the binary at a terminal of 80 columns, with these variables.
    pub(crate) fn start(store: &Store, args: &str, variables: &[(&str, &str)]) -> Self {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        Self::with(store, &format!("exec '{binary}' {args}"), variables)
    }

    /// Starts the binary likewise, and shows the settings of the terminal after it.
    pub(crate) fn start_then_stty(store: &Store, args: &str) -> Self {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        // The shell, too, gets the signals of the keyboard.
        let line = format!("trap : INT QUIT TSTP; '{binary}' {args}; code=$?; stty -a; exit $code");
        Self::with(store, &line, &[])
    }

    /// Starts the binary as a job of a shell, brings it to the foreground again if it is stopped, and shows the
    /// settings of the terminal after it.
    pub(crate) fn job(store: &Store, args: &str) -> Self {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        let line = format!(
            "set -m; '{binary}' {args}; code=$?; echo \"@code $code@\"; \
             test $code -lt 147 || fg; stty -a"
        );
        Self::with(store, &line, &Self::keys())
    }

    /// Starts the binary where its parent belongs to a session that it can't see, as in a container that `docker
    /// exec` entered. None where this machine lets nobody make such a place.
    pub(crate) fn contained(store: &Store, args: &str) -> Option<Self> {
        const PLACE: [&str; 4] = ["--map-root-user", "--pid", "--fork", "--kill-child"];
        let made = Command::new("unshare").args(PLACE).arg("true").status();
        if !made.is_ok_and(|status| status.success()) {
            return None;
        }
        let binary = env!("CARGO_BIN_EXE_partsweep");
        let mut command = Command::new("unshare");
        command.args(PLACE).arg("script");
        let line = format!("exec '{binary}' {args}");
        Some(Self::by(command, store, &line, &Self::keys()))
    }

    /// Starts a shell that runs the binary with what it is typed, line by line, and says how each ended.
    pub(crate) fn shell(store: &Store, variables: &[(&str, &str)]) -> Self {
        let binary = env!("CARGO_BIN_EXE_partsweep");
        let (key, secret) = (partsweep_sim::ACCESS_KEY, partsweep_sim::SECRET_KEY);
        // A program that hangs is killed: 137. A new file's name is a number that was not there before.
        let line = format!(
            "n=0; new() {{ echo \"$FOLDER/$n\"; }}; \
             export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}; \
             while echo '@ready@' && read -r line; do n=$((n+1)); \
             eval \"timeout --foreground -s KILL 30 '{binary}' $line\"; echo \"@code $?@\"; done"
        );
        let mut shell = Self::with(store, &line, variables);
        shell.wait_for("@ready@\r\n");
        shell
    }

    /// Has the shell run one line, and answers questions by their ends; returns the exit code and what was
    /// shown.
    pub(crate) fn run_in_shell(&mut self, line: &str, answers: &[(&str, &str)]) -> (i32, String) {
        let begun = self.read_to;
        self.press(&format!("{line}\n"));
        self.wait_for("\n");
        let mut answered = self.read_to;
        loop {
            let (screen, changed) = &*self.screen;
            let answer = |screen: &Screen| {
                let unread = &screen.text[answered..];
                answers.iter().find(|(end, _)| unread.ends_with(end))
            };
            let ended = |screen: &Screen| screen.text[begun..].contains("@ready@\r\n");
            let (screen, late) = changed
                .wait_timeout_while(screen.lock().unwrap(), PATIENCE * 2, |screen| {
                    !ended(screen) && answer(screen).is_none() && !screen.closed
                })
                .unwrap();
            let shown = screen.text[begun..].to_owned();
            assert!(
                !late.timed_out() && !screen.closed,
                "partsweep {line}: {late:?}\n{shown}"
            );
            if ended(&screen) {
                self.read_to = screen.text.len();
                let code = shown
                    .rsplit_once("@code ")
                    .and_then(|(_, rest)| rest.split_once('@'));
                return (code.unwrap().0.parse().unwrap(), shown);
            }
            let keys = answer(&screen).map(|(_, keys)| (*keys).to_owned());
            answered = screen.text.len();
            drop(screen);
            self.press(&keys.unwrap_or_default());
        }
    }

    fn with(store: &Store, line: &str, variables: &[(&str, &str)]) -> Self {
        Self::by(Command::new("script"), store, line, variables)
    }

    fn by(mut command: Command, store: &Store, line: &str, variables: &[(&str, &str)]) -> Self {
        isolate(&mut command);
        // `exec` keeps the number.
        let line = format!("tty; echo $$; stty cols ${{COLUMNS_OF_TEST:-80}} rows 24; {line}");
        command
            .args([
                "--quiet",
                "--return",
                "--flush",
                "--command",
                &line,
                "/dev/null",
            ])
            .env("AWS_ENDPOINT_URL_S3", store.sim.endpoint())
            .env("XDG_STATE_HOME", store.state.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command
            .spawn()
            .expect("`script` of util-linux is installed");
        let mut output = child.stdout.take().unwrap();
        let screen = Arc::new((Mutex::new(Screen::default()), Condvar::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let n = output.read(&mut buffer).unwrap_or(0);
                let mut screen = shown.0.lock().unwrap();
                let text = String::from_utf8_lossy(&buffer[..n]);
                screen.text.push_str(&text);
                screen.closed = n == 0;
                shown.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Self {
            keyboard: child.stdin.take(),
            child,
            screen,
            read_to: 0,
        }
    }

    /// Waits for a text after the last one that was waited for.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let (screen, changed) = &*self.screen;
        let unread = |screen: &Screen| screen.text[self.read_to..].find(text);
        let (screen, late) = changed
            .wait_timeout_while(screen.lock().unwrap(), PATIENCE, |screen| {
                unread(screen).is_none() && !screen.closed
            })
            .unwrap();
        match unread(&screen) {
            Some(at) => self.read_to += at + text.len(),
            None => panic!(
                "no `{text}` ({late:?}) in:\n{}",
                &screen.text[self.read_to..]
            ),
        }
    }

    /// Waits until what is typed is not shown: a program asks before it turns the echo off.
    pub(crate) fn wait_until_hidden(&self) {
        let device = self.screen.0.lock().unwrap().text.clone();
        let device = device.lines().next().expect("`tty` names it").to_owned();
        let started = Instant::now();
        loop {
            let stty = Command::new("stty").args(["-F", &device, "-a"]).output();
            let settings = String::from_utf8(stty.unwrap().stdout).unwrap();
            if settings
                .split_whitespace()
                .any(|setting| setting == "-echo")
            {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "still shown: {settings}");
        }
    }

    /// Asks the binary to end, as `kill` does.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let text = self.screen.0.lock().unwrap().text.clone();
        let id = text.lines().nth(1).expect("`echo $$` names it").to_owned();
        let sent = Command::new("kill")
            .args(["-s", name, id.trim()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits for the end; returns the exit code and everything that was on the screen.
    pub(crate) fn end(mut self) -> (i32, String) {
        let (screen, changed) = &*self.screen;
        let (screen, late) = changed
            .wait_timeout_while(screen.lock().unwrap(), PATIENCE, |screen| !screen.closed)
            .unwrap();
        assert!(!late.timed_out(), "still running:\n{}", screen.text);
        let text = screen.text.clone();
        drop(screen);
        (self.child.wait().unwrap().code().unwrap(), text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its end of the terminal closes with it, and that ends the program.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
