/** PEM. It encrypts the transport and proves nothing: trust is in the sealed channel inside. */
export interface TlsCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** ECDSA P-256, self-signed, valid for decades: nobody checks it, so nobody should have to renew it. */
export declare function makeSelfSignedCertificate(): Promise<TlsCertificate>;
