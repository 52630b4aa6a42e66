//! Commands while the router runs, over a Unix socket: a line in, a line out.

use crate::router::{Counters, Router};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

/// A client that is slow to say what it wants holds up the router: not for long.
const PATIENCE: Duration = Duration::from_millis(100);
const MAX_LINE_BYTES: u64 = 1024;

pub fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves one client that waits; its trouble is not the router's.
pub fn serve(listener: &UnixListener, router: &mut Router) {
    if let Ok((client, _)) = listener.accept() {
        let _ = answer(&client, router);
    }
}

fn answer(mut client: &UnixStream, router: &mut Router) -> io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(client.take(MAX_LINE_BYTES)).read_line(&mut line)?;
    let reply = execute(&line, router).unwrap_or_else(|error| format!("error: {error}"));
    writeln!(client, "{reply}")
}

fn execute(line: &str, router: &mut Router) -> Result<String, String> {
    let mut words = line.split_whitespace();
    let (command, first, second) = (words.next(), words.next(), words.next());
    match (command, first) {
        (Some("set"), Some(name)) => {
            let mut options = router.options().clone();
            options.set(name, second)?;
            router.set_options(options);
            Ok("ok".into())
        }
        (Some("reboot"), None) => {
            router.reboot(None);
            Ok("ok".into())
        }
        (Some("reboot"), Some(address)) => {
            let address = address
                .parse()
                .map_err(|_| format!("{address}: not an IPv4 address"))?;
            router.reboot(Some(address));
            Ok("ok".into())
        }
        (Some("counters"), None) => Ok(counters(router)),
        _ => Err("set NAME [VALUE], reboot [PUBLIC-ADDRESS] or counters".into()),
    }
}

/// JSON.
fn counters(router: &Router) -> String {
    let Counters {
        outbound,
        inbound,
        hairpinned,
        filtered,
        lost,
        queue_full,
        too_big,
    } = router.counters();
    let mappings = router.mappings();
    format!(
        "{{\"outbound\":{outbound},\"inbound\":{inbound},\"hairpinned\":{hairpinned},\"filtered\":{filtered},\
         \"lost\":{lost},\"queueFull\":{queue_full},\"tooBig\":{too_big},\"mappings\":{mappings}}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn commands_change_the_running_router() {
        let args = "--public-address 198.51.100.1".split(' ').map(String::from);
        let mut router = Router::new(Options::parse(args).unwrap());
        assert_eq!(execute("set block-udp", &mut router).unwrap(), "ok");
        assert!(router.options().block_udp);
        assert_eq!(execute("reboot 198.51.100.2\n", &mut router).unwrap(), "ok");
        assert_eq!(
            router.options().nat().unwrap().public.to_string(),
            "198.51.100.2"
        );
        assert!(
            execute("counters", &mut router)
                .unwrap()
                .contains("\"mappings\":0")
        );
        assert!(execute("set speed 1", &mut router).is_err());
        assert!(execute("", &mut router).is_err());
    }
}
