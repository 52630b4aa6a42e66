//! One quinn-proto connection of a peer: a handshake, the connection in use, or one that was replaced.

use std::time::Instant;

use quinn_proto::{Connection, ConnectionHandle, Endpoint, EndpointEvent};

use super::link::Role;
use super::session::Negotiated;

pub struct Live {
    pub handle: ConnectionHandle,
    pub connection: Connection,
    pub started: Instant,
    /// Until then a replaced connection listens.
    pub expires: Instant,
}

impl Live {
    pub fn settle(&mut self, endpoint: &mut Endpoint) {
        while let Some(event) = self.connection.poll_endpoint_events() {
            if let Some(event) = endpoint.handle_event(self.handle, event) {
                self.connection.handle_event(event);
            }
        }
    }

    pub fn negotiated(&self) -> Negotiated {
        self.connection
            .crypto_session()
            .handshake_data()
            .and_then(|data| data.downcast::<Negotiated>().ok())
            .map_or_else(
                || Negotiated {
                    cipher: String::new(),
                    kx: String::new(),
                },
                |data| *data,
            )
    }

    /// Grows with every packet that was opened: only authentic ones get as far as their frames.
    pub fn frames_received(&self) -> u64 {
        let frames = self.connection.stats().frame_rx;
        frames.acks
            + frames.datagram
            + frames.ping
            + frames.crypto
            + frames.new_connection_id
            + frames.connection_close
    }

    /// The other side has proven itself.
    pub fn proven(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Both sides know that.
    pub fn confirmed(&self, role: Role) -> bool {
        self.proven()
            && match role {
                Role::Server => true,
                Role::Client => self.connection.stats().frame_rx.handshake_done > 0,
            }
    }

    /// Ends without a word; the endpoint forgets its ids.
    pub fn drain(self, endpoint: &mut Endpoint) {
        let _ = endpoint.handle_event(self.handle, EndpointEvent::drained());
    }
}
