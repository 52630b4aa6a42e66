//! The whole service against a plain model of who is admitted: whatever arrives, from whomever, at whatever time, what
//! leaves is either an answer to its source or a packet between two live clients of one mesh.

use std::collections::HashMap;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use meshd_netio::{Received, SendOutcome};

use super::chance::{Chance, Script};
use crate::counters::Counters;
use crate::limiter::TokenBucket;
use crate::server::{Listen, Rates};
use crate::service::{Network, Service};
use crate::table::{Client, Source};
use crate::{MeshId, RelayId};

pub(super) const PEOPLE: usize = 6;

#[derive(Default)]
struct Recorder(Vec<(Source, Vec<u8>, usize)>);

impl Network for Recorder {
    fn send(
        &mut self,
        destination: Source,
        parts: &[IoSlice<'_>],
        segment_bytes: usize,
    ) -> SendOutcome {
        self.0.push((
            destination,
            parts.iter().flat_map(|part| part.to_vec()).collect(),
            segment_bytes,
        ));
        SendOutcome::Sent
    }
}

#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) session: u32,
    pub(super) source: Source,
    mesh_id: MeshId,
    not_after: u64,
    /// Heard from at this time at the latest: whether a datagram counted is the service's business.
    last_seen: u64,
}

pub(super) struct World {
    pub(super) service: Service,
    pub(super) members: HashMap<RelayId, Member>,
    pub(super) now: u64,
    next_session: u32,
    pub(super) forwarded: u64,
}

pub(super) fn source_of(number: usize) -> Source {
    let ip = if number.is_multiple_of(2) {
        [192, 0, 2, 1].into()
    } else {
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0)).ip()
    };
    (
        (number % 3) as u32,
        SocketAddr::new(ip, 1000 + number as u16),
    )
}

impl World {
    pub(super) fn new() -> Self {
        let address = "0.0.0.0:0".parse().unwrap();
        let listen = vec![
            Listen {
                address,
                stun: true,
                relay: true
            };
            3
        ];
        let service = Service::new(
            listen,
            Rates {
                client: 200_000,
                total: 500_000,
            },
            Arc::new(Counters::default()),
            0,
            &mut || [3; 32],
        );
        Self {
            service,
            members: HashMap::new(),
            now: 0,
            next_session: 1,
            forwarded: 0,
        }
    }

    pub(super) fn admit(&mut self, chance: &mut impl Chance) {
        let relay_id = [chance.below(PEOPLE) as u8; 8];
        let member = Member {
            session: self.next_session,
            source: source_of(chance.below(PEOPLE)),
            mesh_id: [(chance.below(8) == 0).into(); 16],
            not_after: self.now + chance.below(300_000) as u64,
            last_seen: self.now,
        };
        self.next_session = self.next_session % 8 + 1;
        self.members
            .retain(|_, other| other.source != member.source);
        self.members.insert(relay_id, member);
        self.service.admit(Client {
            session: member.session,
            source: member.source,
            relay_id,
            mesh_id: member.mesh_id,
            not_after: member.not_after,
            last_seen: self.now,
            bucket: TokenBucket::default(),
        });
    }

    pub(super) fn revoke(&mut self, chance: &mut impl Chance) {
        let relay_id = [chance.below(PEOPLE) as u8; 8];
        self.members.remove(&relay_id);
        self.service.revoke(&relay_id);
    }

    pub(super) fn receive(&mut self, from: Source, bytes: &[u8], segment_bytes: usize) {
        let mut recorder = Recorder::default();
        let mut batch = [Received {
            source: from.1,
            local: None,
            segment_bytes,
            data: BytesMut::from(bytes),
        }];
        self.service
            .handle_batch(from.0, &mut batch, self.now, &mut recorder);
        for (to, datagrams, segment_bytes) in recorder.0 {
            for datagram in datagrams.chunks(segment_bytes) {
                self.check(from, bytes, to, datagram);
            }
        }
        if let Some(sender) = self
            .members
            .values_mut()
            .find(|member| member.source == from)
        {
            sender.last_seen = self.now;
        }
    }

    fn check(&mut self, from: Source, request: &[u8], to: Source, sent: &[u8]) {
        if sent[0] != 18 {
            assert_eq!(to, from, "answers go to who asked");
            assert!(
                sent[0] <= 3 && sent.len() <= 72 || sent.len() <= request.len(),
                "{request:02x?} {sent:02x?}"
            );
            return;
        }
        let relay_id: RelayId = sent[6..14].try_into().unwrap();
        let sender = self.members.get(&relay_id).expect("the sender is admitted");
        assert_eq!(sender.source, from, "nobody speaks for another");
        let receiver = self.members.iter().find(|(_, member)| member.source == to);
        let (receiver_id, receiver) = receiver.expect("the receiver is admitted");
        let asked = [
            &[18, 1],
            &sender.session.to_be_bytes()[..],
            receiver_id,
            &sent[14..],
        ]
        .concat();
        assert!(
            request.windows(asked.len()).any(|part| part == asked),
            "sent under its session, and unchanged"
        );
        assert_eq!(sent[2..6], receiver.session.to_be_bytes());
        assert_eq!(sender.mesh_id, receiver.mesh_id, "meshes stay apart");
        for member in [sender, receiver] {
            assert!(
                self.now < member.not_after && self.now - member.last_seen < 60_000,
                "only the living"
            );
        }
        self.forwarded += 1;
    }
}

/// What happens to a relay, one byte for each choice.
pub fn service(script: &[u8]) {
    let (mut script, mut world) = (Script(script), World::new());
    while !script.is_over() {
        match script.below(16) {
            0 | 1 => world.admit(&mut script),
            2 => world.revoke(&mut script),
            3 => world.now += script.below(70_000) as u64,
            4 => world.service.handle_timeout(world.now, &mut || [4; 32]),
            _ => {
                world.now += script.below(20) as u64;
                let from = source_of(script.below(PEOPLE));
                let length = script.below(120);
                let train = script.take(length).repeat(1 + script.below(4));
                let segment_bytes = *script.pick(&[length, length, 20, 32, 1500, 1, 0]);
                world.receive(from, &train, segment_bytes);
            }
        }
    }
}
