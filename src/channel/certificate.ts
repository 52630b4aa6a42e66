import { webcrypto } from "node:crypto";

/** PEM. It encrypts the transport and proves nothing: trust is in the sealed channel inside. */
export interface TlsCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");
/** RFC 5280 §4.1.2.5: "no well-defined expiration date". */
const NOT_AFTER = new Date("9999-12-31T23:59:59Z");

/** ECDSA P-256, self-signed, without an end: nobody checks it, so nobody should have to renew it. */
export async function makeSelfSignedCertificate(): Promise<TlsCertificate> {
  // The library's dependency injection needs the polyfill first; both are heavy, and only a coordinator's start wants them.
  await import("reflect-metadata");
  const { X509CertificateGenerator } = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    { name: "CN=meshd", notBefore: NOT_BEFORE, notAfter: NOT_AFTER, signingAlgorithm: algorithm, keys },
    webcrypto,
  );
  const privateKey = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const base64Lines = privateKey.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    certificatePem: certificate.toString("pem"),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${base64Lines}\n-----END PRIVATE KEY-----\n`,
  };
}
