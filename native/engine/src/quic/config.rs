//! Every setting of QUIC and TLS in one place (docs/protocol.md "The peer connection").

use std::sync::Arc;
use std::time::Duration;

use quinn_proto::{
    ClientConfig, EndpointConfig, IdleTimeout, NoneTokenStore, ServerConfig, TransportConfig,
    VarInt,
};
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::quic::Suite;
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;

use super::cid::{CidCodec, make_first_cid};
use super::congestion::{AckWatch, OpenWindow};
use super::session::TlsConfig;
use super::verify::{PinnedKey, node_key_of};
use crate::disco::PairKeys;
use crate::random::Random;

/// Fixed: leaves room below 1500 for IPv6 and UDP (48), a relay header (14) and PPPoE (8).
pub const UDP_PAYLOAD_BYTES: u16 = 1424;
/// What surrounds one DATAGRAM in a packet, as quinn-proto reckons: flags 1, connection id 8, packet number ≤ 4, tag 16, frame header ≤ 9.
pub const PACKET_OVERHEAD_BYTES: usize = 38;
/// The largest DATAGRAM.
pub const MAX_DATAGRAM_BYTES: usize = UDP_PAYLOAD_BYTES as usize - PACKET_OVERHEAD_BYTES;

const ALPN: &[u8] = b"meshd/1";
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// A second packet of a post-quantum hello must not wait for a guess of a third of a second (quinn's default).
const INITIAL_RTT: Duration = Duration::from_millis(50);
/// Full packets of one send, as quinn-proto reckons: what waits longer waits where its age is looked at (`peer::queue`).
const SEND_QUEUE_BYTES: usize = 64 * 1024;
const RECEIVE_QUEUE_BYTES: usize = 4 << 20;
/// Hellos with X25519MLKEM768 take 3 KB.
const CRYPTO_BUFFER_BYTES: usize = 16 * 1024;
/// PKCS#8 up to an Ed25519 seed (RFC 8410 §7).
const ED25519_PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// This node's key and what all connections share.
pub struct Identity {
    pub node_key: [u8; 32],
    provider: Arc<CryptoProvider>,
    certified: Arc<CertifiedKey>,
    initial: Suite,
    pub random: Random,
}

impl Identity {
    pub fn new(seed: &[u8; 32]) -> Result<Self, rustls::Error> {
        let provider = Arc::new(provider());
        let pkcs8 = [&ED25519_PKCS8_PREFIX[..], seed].concat();
        let key = provider
            .key_provider
            .load_private_key(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8)))?;
        let refused = || rustls::Error::General("the node key is not an Ed25519 key".into());
        let spki = key.public_key().ok_or_else(refused)?;
        let node_key = node_key_of(spki.as_ref()).ok_or_else(refused)?;
        let certificate = CertificateDer::from(spki.as_ref().to_vec());
        let initial = initial_suite(&provider)
            .ok_or_else(|| rustls::Error::General("no AES-128-GCM".into()))?;
        let secure = provider.secure_random;
        Ok(Self {
            node_key,
            certified: Arc::new(CertifiedKey::new(vec![certificate], key)),
            provider,
            initial,
            random: Random::new(move |bytes| {
                secure.fill(bytes).expect("the system has random bytes")
            }),
        })
    }

    pub fn client_config(
        &self,
        peer: &[u8; 32],
        pair: &PairKeys,
        watch: Arc<AckWatch>,
    ) -> Result<ClientConfig, rustls::Error> {
        let algorithms = self.provider.signature_verification_algorithms;
        let mut tls = rustls::ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(PinnedKey::new(peer, algorithms)))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(
                self.certified.clone(),
            )));
        tls.alpn_protocols = vec![ALPN.to_vec()];
        tls.enable_sni = false;
        tls.resumption = Resumption::disabled();
        let mut config = ClientConfig::new(Arc::new(TlsConfig {
            inner: Arc::new(tls),
            initial: self.initial,
        }));
        let (pair, random) = (pair.clone(), self.random.clone());
        config.initial_dst_cid_provider(Arc::new(move || make_first_cid(&pair, random.bytes())));
        config.transport_config(transport(watch));
        config.token_store(Arc::new(NoneTokenStore));
        Ok(config)
    }

    fn server_tls(&self, peer: &[u8; 32]) -> Result<rustls::ServerConfig, rustls::Error> {
        let algorithms = self.provider.signature_verification_algorithms;
        let mut tls = rustls::ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(PinnedKey::new(peer, algorithms)))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(
                self.certified.clone(),
            )));
        tls.alpn_protocols = vec![ALPN.to_vec()];
        tls.send_tls13_tickets = 0;
        tls.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(tls)
    }

    pub fn server_config(
        &self,
        peer: &[u8; 32],
        watch: Arc<AckWatch>,
    ) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::with_crypto(Arc::new(TlsConfig {
            inner: Arc::new(self.server_tls(peer)?),
            initial: self.initial,
        }));
        config.transport_config(transport(watch));
        // The path layer lies below: QUIC sees one address for ever.
        config.migration(false);
        config.max_incoming(4);
        config.incoming_buffer_size(16 * 1024);
        config.incoming_buffer_size_total(64 * 1024);
        Ok(config)
    }

    pub fn endpoint_config(&self, codec: &CidCodec, index: u32) -> Arc<EndpointConfig> {
        let mut config = EndpointConfig::default();
        let (codec, random) = (codec.clone(), self.random.clone());
        config.cid_generator(move || Box::new(codec.generator(index, random.clone())));
        // RFC 9443: the first byte tells QUIC from what shares its socket.
        config.grease_quic_bit(false);
        config.supported_versions(vec![1]);
        Arc::new(config)
    }
}

fn transport(watch: Arc<AckWatch>) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config.max_concurrent_bidi_streams(VarInt::from_u32(0));
    config.max_concurrent_uni_streams(VarInt::from_u32(0));
    config.max_idle_timeout(IdleTimeout::try_from(IDLE_TIMEOUT).ok());
    config.initial_rtt(INITIAL_RTT);
    // With a lower minimum a burst of loss looks like an MTU black hole, and full packets stop for good.
    config.initial_mtu(UDP_PAYLOAD_BYTES);
    config.min_mtu(UDP_PAYLOAD_BYTES);
    config.mtu_discovery_config(None);
    config.crypto_buffer_size(CRYPTO_BUFFER_BYTES);
    config.allow_spin(false);
    config.datagram_receive_buffer_size(Some(RECEIVE_QUEUE_BYTES));
    config.datagram_send_buffer_size(SEND_QUEUE_BYTES);
    config.congestion_controller_factory(OpenWindow::factory(watch));
    Arc::new(config)
}

/// What the first use of the cryptographic library costs: its entropy source takes 20 ms to start. On a thread of its own.
pub fn prepare() {
    std::thread::spawn(|| {
        let _ = provider().secure_random.fill(&mut [0]);
    });
}

fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite::{
        TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
    };
    let cipher_suites = if has_aes() {
        vec![
            TLS13_AES_128_GCM_SHA256,
            TLS13_AES_256_GCM_SHA384,
            TLS13_CHACHA20_POLY1305_SHA256,
        ]
    } else {
        vec![
            TLS13_CHACHA20_POLY1305_SHA256,
            TLS13_AES_128_GCM_SHA256,
            TLS13_AES_256_GCM_SHA384,
        ]
    };
    CryptoProvider {
        cipher_suites,
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
        ],
        ..aws_lc_rs::default_provider()
    }
}

fn has_aes() -> bool {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    return std::arch::is_x86_feature_detected!("aes")
        && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    return false;
}

fn initial_suite(provider: &CryptoProvider) -> Option<Suite> {
    provider
        .cipher_suites
        .iter()
        .filter(|suite| suite.suite() == rustls::CipherSuite::TLS13_AES_128_GCM_SHA256)
        .find_map(|suite| suite.tls13()?.quic_suite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_gives_no_tickets_and_knows_no_migration() {
        let identity = Identity::new(&[1; 32]).unwrap();
        let tls = identity.server_tls(&[2; 32]).unwrap();
        assert_eq!(tls.send_tls13_tickets, 0);
        assert!(!tls.session_storage.can_cache());
        assert_eq!(tls.max_early_data_size, 0);
        let watch = AckWatch::new(std::time::Instant::now());
        let config = identity.server_config(&[2; 32], watch).unwrap();
        assert!(format!("{config:?}").contains("migration: false"));
    }
}
