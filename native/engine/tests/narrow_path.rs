//! 100 MB over paths that drop what is too long without a word, between two engines in network namespaces with a router in between.
//!
//! Needs root, /dev/net/tun and nft(8); fails without them, unless `MESHD_TEST_UNPRIVILEGED=1` says that only the tests that do without
//! are wanted. The ends are this program again, inside their namespaces.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use meshd_engine::{Engine, EngineOptions, PeerConfig, Reply, Way};

const TRANSFER_BYTES: usize = 100 << 20;
const PATIENCE: Duration = Duration::from_secs(20);
const INNER_PORT: u16 = 7;
const ROLE: &str = "MESHD_NARROW_PATH_END";
/// Node keys of the seeds 1 and 2 (RFC 8032 key generation).
const NODE_KEYS: [&str; 2] = [
    "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
    "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394",
];
const OUTER: [&str; 2] = ["203.0.113.2", "198.51.100.2"];
const ROUTER: [&str; 2] = ["203.0.113.1", "198.51.100.1"];

fn left_out() -> bool {
    let left_out = std::env::var_os("MESHD_TEST_UNPRIVILEGED").is_some();
    if left_out {
        eprintln!("left out: MESHD_TEST_UNPRIVILEGED is set");
    }
    left_out
}

fn run(command: &str) -> String {
    let mut words = command.split(' ');
    let output = Command::new(words.next().unwrap())
        .args(words)
        .output()
        .unwrap_or_else(|error| panic!("{command}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Two ends and a router; gone with the value.
struct Network {
    name: String,
    ends: Vec<Child>,
}

impl Network {
    fn new(name: &str) -> Self {
        let name = format!("mn{name}{}", std::process::id());
        let network = Self {
            name: name.clone(),
            ends: Vec::new(),
        };
        run(&format!("ip netns add {name}r"));
        run(&format!(
            "ip netns exec {name}r sysctl -qw net.ipv4.ip_forward=1"
        ));
        for side in 0..2 {
            let (outer, router) = (OUTER[side], ROUTER[side]);
            run(&format!("ip netns add {name}{side}"));
            run(&format!(
                "ip -n {name}{side} link add e0 type veth peer name e{side} netns {name}r"
            ));
            run(&format!("ip -n {name}{side} addr add {outer}/24 dev e0"));
            run(&format!("ip -n {name}r addr add {router}/24 dev e{side}"));
            // Datagrams joined for the way through the host would hide their length from the router.
            run(&format!("ip -n {name}{side} link set e0 gso_max_segs 1 up"));
            run(&format!("ip -n {name}r link set e{side} gso_max_segs 1 up"));
            run(&format!(
                "ip -n {name}{side} route add default via {router}"
            ));
        }
        network
    }

    /// From now on the router drops longer packets, and all ICMP.
    fn narrow(&self, mtu: usize) {
        let rules = format!(
            "table ip narrow {{\nchain c {{\ntype filter hook forward priority 0\n\
             meta length > {mtu} counter drop\nip protocol icmp drop\n}}\n}}\n"
        );
        let mut nft = Command::new("ip")
            .args([
                "netns",
                "exec",
                &format!("{}r", self.name),
                "nft",
                "-f",
                "-",
            ])
            .stdin(Stdio::piped())
            .spawn()
            .expect("nft(8)");
        nft.stdin
            .take()
            .unwrap()
            .write_all(rules.as_bytes())
            .unwrap();
        assert!(nft.wait().unwrap().success());
    }

    fn dropped(&self) -> usize {
        let rules = run(&format!("ip netns exec {}r nft list ruleset", self.name));
        let (_, counted) = rules.split_once("counter packets ").unwrap();
        counted.split(' ').next().unwrap().parse().unwrap()
    }

    fn start_end(&mut self, side: usize) {
        let end = Command::new("ip")
            .args(["netns", "exec", &format!("{}{side}", self.name)])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "end", "--ignored", "--nocapture"])
            .env(ROLE, side.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        self.ends.push(end);
    }

    /// 100 MB from end 0 to end 1; `halfway` happens after a fifth of it.
    fn transfer(&mut self, halfway: impl FnOnce(&Self)) -> Duration {
        self.start_end(1);
        self.start_end(0);
        let sender = &mut self.ends[1];
        let mut output = BufReader::new(sender.stdout.take().unwrap());
        let mut input = sender.stdin.take().unwrap();
        let mut line = String::new();
        while line.trim() != "halfway" {
            line.clear();
            assert!(
                output.read_line(&mut line).unwrap() > 0,
                "the sender failed"
            );
        }
        halfway(self);
        let began = Instant::now();
        input.write_all(b"go on\n").unwrap();
        assert!(self.ends[1].wait().unwrap().success());
        let took = began.elapsed();
        assert!(self.ends[0].wait().unwrap().success());
        took
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for end in &mut self.ends {
            let _ = end.kill();
            let _ = end.wait();
        }
        for part in ["0", "1", "r"] {
            let _ = Command::new("ip")
                .args(["netns", "del", &format!("{}{part}", self.name)])
                .status();
        }
    }
}

fn start_engine(side: usize) -> (Engine, u32) {
    let other = 1 - side;
    let options = EngineOptions {
        node_seed: [side as u8 + 1; 32],
        boot_id: [side as u8; 8],
        port: 41641,
    };
    let engine = Engine::start(options, |_| ()).unwrap();
    engine.open_tun("mesh0").unwrap();
    run(&format!("ip addr add 100.64.0.{}/24 dev mesh0", side + 1));
    run("ip link set mesh0 mtu 1386 up");
    let prefix = |side: usize| format!("100.64.0.{}/32", side + 1).parse().unwrap();
    engine.set_self(vec![prefix(side)]);
    let key = |at| u8::from_str_radix(&NODE_KEYS[other][2 * at..2 * at + 2], 16).unwrap();
    let peer = engine
        .upsert_peer(PeerConfig {
            node_key: std::array::from_fn(key),
            tag_key: [3; 32],
            cid_key: [4; 32],
            relay_id: [other as u8; 8],
            prefixes: vec![prefix(other)],
        })
        .unwrap();
    let way = Way::Direct(format!("{}:41641", OUTER[other]).parse().unwrap());
    engine.set_paths(peer, vec![(1, way)]);
    (engine, peer)
}

/// One end of a transfer; run by the tests below, inside a namespace.
#[test]
#[ignore = "a part of the other tests"]
fn end() {
    let side: usize = std::env::var(ROLE).unwrap().parse().unwrap();
    let (engine, peer) = start_engine(side);
    if side == 1 {
        let listener = TcpListener::bind(("100.64.0.2", INNER_PORT)).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut buffer = vec![0; 1 << 20];
        let mut left = TRANSFER_BYTES;
        while left > 0 {
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "{left} bytes are missing");
            left -= count;
        }
        stream.write_all(b"!").unwrap();
        // Until the other end is done.
        let _ = stream.read(&mut buffer);
        return;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    engine.ping(
        peer,
        PATIENCE,
        Reply::new(move |answer| sender.send(answer).unwrap()),
    );
    receiver.recv().unwrap().expect("a connection");
    let mut stream = connect();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let data = vec![7; TRANSFER_BYTES];
    let (first, second) = data.split_at(TRANSFER_BYTES / 5);
    stream.write_all(first).unwrap();
    println!("\nhalfway");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    stream.write_all(second).unwrap();
    stream.read_exact(&mut [0]).unwrap();
}

fn connect() -> TcpStream {
    let end = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(("100.64.0.2", INNER_PORT)) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        sleep(Duration::from_millis(50));
    }
}

/// A path that is narrow from the start: nothing but a few probes and packets of the first moment is dropped.
fn over_mtu(name: &str, mtu: usize) {
    if left_out() {
        return;
    }
    let mut network = Network::new(name);
    network.narrow(mtu);
    let took = network.transfer(|_| ());
    eprintln!(
        "MTU {mtu}: 80 MB in {took:?}, {} dropped",
        network.dropped()
    );
    assert!(network.dropped() < 200);
}

#[test]
fn mtu_1280() {
    over_mtu("a", 1280);
}

#[test]
fn mtu_1124() {
    over_mtu("b", 1124);
}

#[test]
fn a_path_that_narrows_under_traffic() {
    if left_out() {
        return;
    }
    let mut network = Network::new("c");
    let took = network.transfer(|network| network.narrow(1280));
    eprintln!("narrowed: 80 MB in {took:?}, {} dropped", network.dropped());
    assert!(took < Duration::from_secs(15));
}
