// Generated from src/protocol/*.proto by scripts/generate-protocol.ts.
import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace meshd. */
export namespace meshd {

    /**
     * Properties of an AuthKey.
     * @deprecated Use meshd.AuthKey.$Properties instead.
     */
    interface IAuthKey extends meshd.AuthKey.$Properties {
    }

    /** Represents an AuthKey. */
    class AuthKey {

        /**
         * Constructs a new AuthKey.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.AuthKey.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AuthKey version. */
        version: number;

        /** AuthKey coordinators. */
        coordinators: string[];

        /** AuthKey rootKey. */
        rootKey: Uint8Array;

        /** AuthKey keyId. */
        keyId: Uint8Array;

        /** AuthKey secret. */
        secret: Uint8Array;

        /**
         * Encodes the specified AuthKey message. Does not implicitly {@link meshd.AuthKey.verify|verify} messages.
         * @param message AuthKey message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.AuthKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AuthKey message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.AuthKey & meshd.AuthKey.$Shape} AuthKey
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.AuthKey & meshd.AuthKey.$Shape;
    }

    namespace AuthKey {

        /** Properties of an AuthKey. */
        interface $Properties {

            /** AuthKey version */
            version?: (number|null);

            /** AuthKey coordinators */
            coordinators?: (string[]|null);

            /** AuthKey rootKey */
            rootKey?: (Uint8Array|null);

            /** AuthKey keyId */
            keyId?: (Uint8Array|null);

            /** AuthKey secret */
            secret?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AuthKey. */
        type $Shape = meshd.AuthKey.$Properties;
    }

    /**
     * Properties of a ClientHello.
     * @deprecated Use meshd.ClientHello.$Properties instead.
     */
    interface IClientHello extends meshd.ClientHello.$Properties {
    }

    /** Represents a ClientHello. */
    class ClientHello {

        /**
         * Constructs a new ClientHello.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.ClientHello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ClientHello versions. */
        versions: number[];

        /** ClientHello ephemeral. */
        ephemeral: Uint8Array;

        /** ClientHello nonce. */
        nonce: Uint8Array;

        /**
         * Encodes the specified ClientHello message. Does not implicitly {@link meshd.ClientHello.verify|verify} messages.
         * @param message ClientHello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.ClientHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ClientHello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.ClientHello & meshd.ClientHello.$Shape} ClientHello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.ClientHello & meshd.ClientHello.$Shape;
    }

    namespace ClientHello {

        /** Properties of a ClientHello. */
        interface $Properties {

            /** ClientHello versions */
            versions?: (number[]|null);

            /** ClientHello ephemeral */
            ephemeral?: (Uint8Array|null);

            /** ClientHello nonce */
            nonce?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ClientHello. */
        type $Shape = meshd.ClientHello.$Properties;
    }

    /**
     * Properties of a ServerHello.
     * @deprecated Use meshd.ServerHello.$Properties instead.
     */
    interface IServerHello extends meshd.ServerHello.$Properties {
    }

    /** Represents a ServerHello. */
    class ServerHello {

        /**
         * Constructs a new ServerHello.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.ServerHello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ServerHello version. */
        version: number;

        /** ServerHello ephemeral. */
        ephemeral: Uint8Array;

        /** ServerHello nonce. */
        nonce: Uint8Array;

        /** ServerHello signature. */
        signature: Uint8Array;

        /**
         * Encodes the specified ServerHello message. Does not implicitly {@link meshd.ServerHello.verify|verify} messages.
         * @param message ServerHello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.ServerHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ServerHello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.ServerHello & meshd.ServerHello.$Shape} ServerHello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.ServerHello & meshd.ServerHello.$Shape;
    }

    namespace ServerHello {

        /** Properties of a ServerHello. */
        interface $Properties {

            /** ServerHello version */
            version?: (number|null);

            /** ServerHello ephemeral */
            ephemeral?: (Uint8Array|null);

            /** ServerHello nonce */
            nonce?: (Uint8Array|null);

            /** ServerHello signature */
            signature?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ServerHello. */
        type $Shape = meshd.ServerHello.$Properties;
    }

    /**
     * Properties of a FromNode.
     * @deprecated Use meshd.FromNode.$Properties instead.
     */
    interface IFromNode extends meshd.FromNode.$Properties {
    }

    /** Represents a FromNode. */
    class FromNode {

        /**
         * Constructs a new FromNode.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.FromNode.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FromNode authenticate. */
        authenticate?: (meshd.Authenticate.$Properties|null);

        /** FromNode endpoints. */
        endpoints?: (meshd.Endpoints.$Properties|null);

        /** FromNode punchRequest. */
        punchRequest?: (meshd.PunchRequest.$Properties|null);

        /** FromNode heartbeat. */
        heartbeat?: (meshd.Heartbeat.$Properties|null);

        /** FromNode logout. */
        logout?: (meshd.Logout.$Properties|null);

        /** FromNode ticketRequest. */
        ticketRequest?: (meshd.TicketRequest.$Properties|null);

        /** FromNode relayAuthenticate. */
        relayAuthenticate?: (meshd.RelayAuthenticate.$Properties|null);

        /** FromNode relayAddresses. */
        relayAddresses?: (meshd.RelayAddresses.$Properties|null);

        /** FromNode relayOffer. */
        relayOffer?: (meshd.RelayOffer.$Properties|null);

        /** FromNode relayObservations. */
        relayObservations?: (meshd.RelayObservations.$Properties|null);

        /** FromNode body. */
        body?: ("authenticate"|"endpoints"|"punchRequest"|"heartbeat"|"logout"|"ticketRequest"|"relayAuthenticate"|"relayAddresses"|"relayOffer"|"relayObservations");

        /**
         * Encodes the specified FromNode message. Does not implicitly {@link meshd.FromNode.verify|verify} messages.
         * @param message FromNode message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.FromNode.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FromNode message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.FromNode & meshd.FromNode.$Shape} FromNode
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.FromNode & meshd.FromNode.$Shape;
    }

    namespace FromNode {

        /** Properties of a FromNode. */
        interface $Properties {

            /** FromNode authenticate */
            authenticate?: (meshd.Authenticate.$Properties|null);

            /** FromNode endpoints */
            endpoints?: (meshd.Endpoints.$Properties|null);

            /** FromNode punchRequest */
            punchRequest?: (meshd.PunchRequest.$Properties|null);

            /** FromNode heartbeat */
            heartbeat?: (meshd.Heartbeat.$Properties|null);

            /** FromNode logout */
            logout?: (meshd.Logout.$Properties|null);

            /** FromNode ticketRequest */
            ticketRequest?: (meshd.TicketRequest.$Properties|null);

            /** FromNode relayAuthenticate */
            relayAuthenticate?: (meshd.RelayAuthenticate.$Properties|null);

            /** FromNode relayAddresses */
            relayAddresses?: (meshd.RelayAddresses.$Properties|null);

            /** FromNode relayOffer */
            relayOffer?: (meshd.RelayOffer.$Properties|null);

            /** FromNode relayObservations */
            relayObservations?: (meshd.RelayObservations.$Properties|null);

            /** FromNode body */
            body?: ("authenticate"|"endpoints"|"punchRequest"|"heartbeat"|"logout"|"ticketRequest"|"relayAuthenticate"|"relayAddresses"|"relayOffer"|"relayObservations");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a FromNode. */
        type $Shape = {
          authenticate?: meshd.Authenticate.$Shape|null;
          endpoints?: meshd.Endpoints.$Shape|null;
          punchRequest?: meshd.PunchRequest.$Shape|null;
          heartbeat?: meshd.Heartbeat.$Shape|null;
          logout?: meshd.Logout.$Shape|null;
          ticketRequest?: meshd.TicketRequest.$Shape|null;
          relayAuthenticate?: meshd.RelayAuthenticate.$Shape|null;
          relayAddresses?: meshd.RelayAddresses.$Shape|null;
          relayOffer?: meshd.RelayOffer.$Shape|null;
          relayObservations?: meshd.RelayObservations.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ body?: undefined; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "authenticate"; authenticate: meshd.Authenticate.$Shape; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "endpoints"; authenticate?: null; endpoints: meshd.Endpoints.$Shape; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "punchRequest"; authenticate?: null; endpoints?: null; punchRequest: meshd.PunchRequest.$Shape; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "heartbeat"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat: meshd.Heartbeat.$Shape; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "logout"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout: meshd.Logout.$Shape; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "ticketRequest"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest: meshd.TicketRequest.$Shape; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "relayAuthenticate"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate: meshd.RelayAuthenticate.$Shape; relayAddresses?: null; relayOffer?: null; relayObservations?: null }|{ body?: "relayAddresses"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses: meshd.RelayAddresses.$Shape; relayOffer?: null; relayObservations?: null }|{ body?: "relayOffer"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer: meshd.RelayOffer.$Shape; relayObservations?: null }|{ body?: "relayObservations"; authenticate?: null; endpoints?: null; punchRequest?: null; heartbeat?: null; logout?: null; ticketRequest?: null; relayAuthenticate?: null; relayAddresses?: null; relayOffer?: null; relayObservations: meshd.RelayObservations.$Shape })
        );
    }

    /**
     * Properties of a FromCoordinator.
     * @deprecated Use meshd.FromCoordinator.$Properties instead.
     */
    interface IFromCoordinator extends meshd.FromCoordinator.$Properties {
    }

    /** Represents a FromCoordinator. */
    class FromCoordinator {

        /**
         * Constructs a new FromCoordinator.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.FromCoordinator.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** FromCoordinator authResult. */
        authResult?: (meshd.AuthResult.$Properties|null);

        /** FromCoordinator netmapUpdate. */
        netmapUpdate?: (meshd.NetmapUpdate.$Properties|null);

        /** FromCoordinator punchNotice. */
        punchNotice?: (meshd.PunchNotice.$Properties|null);

        /** FromCoordinator heartbeat. */
        heartbeat?: (meshd.Heartbeat.$Properties|null);

        /** FromCoordinator goodbye. */
        goodbye?: (meshd.Goodbye.$Properties|null);

        /** FromCoordinator ticketGrant. */
        ticketGrant?: (meshd.TicketGrant.$Properties|null);

        /** FromCoordinator relayRevocations. */
        relayRevocations?: (meshd.RelayRevocations.$Properties|null);

        /** FromCoordinator relayOfferAnswer. */
        relayOfferAnswer?: (meshd.RelayOfferAnswer.$Properties|null);

        /** FromCoordinator meshPrefixes. */
        meshPrefixes?: (meshd.MeshPrefixes.$Properties|null);

        /** FromCoordinator body. */
        body?: ("authResult"|"netmapUpdate"|"punchNotice"|"heartbeat"|"goodbye"|"ticketGrant"|"relayRevocations"|"relayOfferAnswer"|"meshPrefixes");

        /**
         * Encodes the specified FromCoordinator message. Does not implicitly {@link meshd.FromCoordinator.verify|verify} messages.
         * @param message FromCoordinator message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.FromCoordinator.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a FromCoordinator message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.FromCoordinator & meshd.FromCoordinator.$Shape} FromCoordinator
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.FromCoordinator & meshd.FromCoordinator.$Shape;
    }

    namespace FromCoordinator {

        /** Properties of a FromCoordinator. */
        interface $Properties {

            /** FromCoordinator authResult */
            authResult?: (meshd.AuthResult.$Properties|null);

            /** FromCoordinator netmapUpdate */
            netmapUpdate?: (meshd.NetmapUpdate.$Properties|null);

            /** FromCoordinator punchNotice */
            punchNotice?: (meshd.PunchNotice.$Properties|null);

            /** FromCoordinator heartbeat */
            heartbeat?: (meshd.Heartbeat.$Properties|null);

            /** FromCoordinator goodbye */
            goodbye?: (meshd.Goodbye.$Properties|null);

            /** FromCoordinator ticketGrant */
            ticketGrant?: (meshd.TicketGrant.$Properties|null);

            /** FromCoordinator relayRevocations */
            relayRevocations?: (meshd.RelayRevocations.$Properties|null);

            /** FromCoordinator relayOfferAnswer */
            relayOfferAnswer?: (meshd.RelayOfferAnswer.$Properties|null);

            /** FromCoordinator meshPrefixes */
            meshPrefixes?: (meshd.MeshPrefixes.$Properties|null);

            /** FromCoordinator body */
            body?: ("authResult"|"netmapUpdate"|"punchNotice"|"heartbeat"|"goodbye"|"ticketGrant"|"relayRevocations"|"relayOfferAnswer"|"meshPrefixes");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a FromCoordinator. */
        type $Shape = {
          authResult?: meshd.AuthResult.$Shape|null;
          netmapUpdate?: meshd.NetmapUpdate.$Shape|null;
          punchNotice?: meshd.PunchNotice.$Shape|null;
          heartbeat?: meshd.Heartbeat.$Shape|null;
          goodbye?: meshd.Goodbye.$Shape|null;
          ticketGrant?: meshd.TicketGrant.$Shape|null;
          relayRevocations?: meshd.RelayRevocations.$Shape|null;
          relayOfferAnswer?: meshd.RelayOfferAnswer.$Shape|null;
          meshPrefixes?: meshd.MeshPrefixes.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ body?: undefined; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "authResult"; authResult: meshd.AuthResult.$Shape; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "netmapUpdate"; authResult?: null; netmapUpdate: meshd.NetmapUpdate.$Shape; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "punchNotice"; authResult?: null; netmapUpdate?: null; punchNotice: meshd.PunchNotice.$Shape; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "heartbeat"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat: meshd.Heartbeat.$Shape; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "goodbye"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye: meshd.Goodbye.$Shape; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "ticketGrant"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant: meshd.TicketGrant.$Shape; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "relayRevocations"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations: meshd.RelayRevocations.$Shape; relayOfferAnswer?: null; meshPrefixes?: null }|{ body?: "relayOfferAnswer"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer: meshd.RelayOfferAnswer.$Shape; meshPrefixes?: null }|{ body?: "meshPrefixes"; authResult?: null; netmapUpdate?: null; punchNotice?: null; heartbeat?: null; goodbye?: null; ticketGrant?: null; relayRevocations?: null; relayOfferAnswer?: null; meshPrefixes: meshd.MeshPrefixes.$Shape })
        );
    }

    /**
     * Properties of an Authenticate.
     * @deprecated Use meshd.Authenticate.$Properties instead.
     */
    interface IAuthenticate extends meshd.Authenticate.$Properties {
    }

    /** Represents an Authenticate. */
    class Authenticate {

        /**
         * Constructs a new Authenticate.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Authenticate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Authenticate nodeKey. */
        nodeKey: Uint8Array;

        /** Authenticate signature. */
        signature: Uint8Array;

        /** Authenticate discoKey. */
        discoKey: Uint8Array;

        /** Authenticate discoSignature. */
        discoSignature: Uint8Array;

        /** Authenticate auth. */
        auth?: (meshd.AuthSecret.$Properties|null);

        /** Authenticate hostname. */
        hostname: string;

        /** Authenticate os. */
        os: string;

        /** Authenticate software. */
        software: string;

        /** Authenticate bootId. */
        bootId: Uint8Array;

        /** Authenticate resume. */
        resume?: (meshd.SignedNetmapHeader.$Properties|null);

        /**
         * Encodes the specified Authenticate message. Does not implicitly {@link meshd.Authenticate.verify|verify} messages.
         * @param message Authenticate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Authenticate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Authenticate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Authenticate & meshd.Authenticate.$Shape} Authenticate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Authenticate & meshd.Authenticate.$Shape;
    }

    namespace Authenticate {

        /** Properties of an Authenticate. */
        interface $Properties {

            /** Authenticate nodeKey */
            nodeKey?: (Uint8Array|null);

            /** Authenticate signature */
            signature?: (Uint8Array|null);

            /** Authenticate discoKey */
            discoKey?: (Uint8Array|null);

            /** Authenticate discoSignature */
            discoSignature?: (Uint8Array|null);

            /** Authenticate auth */
            auth?: (meshd.AuthSecret.$Properties|null);

            /** Authenticate hostname */
            hostname?: (string|null);

            /** Authenticate os */
            os?: (string|null);

            /** Authenticate software */
            software?: (string|null);

            /** Authenticate bootId */
            bootId?: (Uint8Array|null);

            /** Authenticate resume */
            resume?: (meshd.SignedNetmapHeader.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Authenticate. */
        type $Shape = meshd.Authenticate.$Properties;
    }

    /**
     * Properties of a MeshPrefixes.
     * @deprecated Use meshd.MeshPrefixes.$Properties instead.
     */
    interface IMeshPrefixes extends meshd.MeshPrefixes.$Properties {
    }

    /** Represents a MeshPrefixes. */
    class MeshPrefixes {

        /**
         * Constructs a new MeshPrefixes.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.MeshPrefixes.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** MeshPrefixes prefixes. */
        prefixes: string[];

        /**
         * Encodes the specified MeshPrefixes message. Does not implicitly {@link meshd.MeshPrefixes.verify|verify} messages.
         * @param message MeshPrefixes message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.MeshPrefixes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a MeshPrefixes message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.MeshPrefixes & meshd.MeshPrefixes.$Shape} MeshPrefixes
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.MeshPrefixes & meshd.MeshPrefixes.$Shape;
    }

    namespace MeshPrefixes {

        /** Properties of a MeshPrefixes. */
        interface $Properties {

            /** MeshPrefixes prefixes */
            prefixes?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a MeshPrefixes. */
        type $Shape = meshd.MeshPrefixes.$Properties;
    }

    /**
     * Properties of an AuthSecret.
     * @deprecated Use meshd.AuthSecret.$Properties instead.
     */
    interface IAuthSecret extends meshd.AuthSecret.$Properties {
    }

    /** Represents an AuthSecret. */
    class AuthSecret {

        /**
         * Constructs a new AuthSecret.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.AuthSecret.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AuthSecret keyId. */
        keyId: Uint8Array;

        /** AuthSecret secret. */
        secret: Uint8Array;

        /**
         * Encodes the specified AuthSecret message. Does not implicitly {@link meshd.AuthSecret.verify|verify} messages.
         * @param message AuthSecret message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.AuthSecret.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AuthSecret message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.AuthSecret & meshd.AuthSecret.$Shape} AuthSecret
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.AuthSecret & meshd.AuthSecret.$Shape;
    }

    namespace AuthSecret {

        /** Properties of an AuthSecret. */
        interface $Properties {

            /** AuthSecret keyId */
            keyId?: (Uint8Array|null);

            /** AuthSecret secret */
            secret?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AuthSecret. */
        type $Shape = meshd.AuthSecret.$Properties;
    }

    /**
     * Properties of an AuthResult.
     * @deprecated Use meshd.AuthResult.$Properties instead.
     */
    interface IAuthResult extends meshd.AuthResult.$Properties {
    }

    /** Represents an AuthResult. */
    class AuthResult {

        /**
         * Constructs a new AuthResult.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.AuthResult.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AuthResult status. */
        status: meshd.AuthResult.Status;

        /** AuthResult message. */
        message: string;

        /** AuthResult coordinatorTimeMs. */
        coordinatorTimeMs: number;

        /**
         * Encodes the specified AuthResult message. Does not implicitly {@link meshd.AuthResult.verify|verify} messages.
         * @param message AuthResult message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.AuthResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AuthResult message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.AuthResult & meshd.AuthResult.$Shape} AuthResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.AuthResult & meshd.AuthResult.$Shape;
    }

    namespace AuthResult {

        /** Properties of an AuthResult. */
        interface $Properties {

            /** AuthResult status */
            status?: (meshd.AuthResult.Status|null);

            /** AuthResult message */
            message?: (string|null);

            /** AuthResult coordinatorTimeMs */
            coordinatorTimeMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AuthResult. */
        type $Shape = meshd.AuthResult.$Properties;

        /** Status enum. */
        enum Status {

            /** OK value */
            OK = 0,

            /** KEY_REQUIRED value */
            KEY_REQUIRED = 1,

            /** KEY_UNKNOWN value */
            KEY_UNKNOWN = 2,

            /** KEY_USED value */
            KEY_USED = 3,

            /** KEY_EXPIRED value */
            KEY_EXPIRED = 4,

            /** KEY_REVOKED value */
            KEY_REVOKED = 5,

            /** NODE_REMOVED value */
            NODE_REMOVED = 6,

            /** BAD_SIGNATURE value */
            BAD_SIGNATURE = 7,

            /** REJECTED value */
            REJECTED = 8,

            /** FULL value */
            FULL = 9
        }
    }

    /**
     * Properties of an Endpoints.
     * @deprecated Use meshd.Endpoints.$Properties instead.
     */
    interface IEndpoints extends meshd.Endpoints.$Properties {
    }

    /** Represents an Endpoints. */
    class Endpoints {

        /**
         * Constructs a new Endpoints.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Endpoints.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Endpoints candidates. */
        candidates: meshd.Candidate.$Properties[];

        /** Endpoints homeRelay. */
        homeRelay: string;

        /**
         * Encodes the specified Endpoints message. Does not implicitly {@link meshd.Endpoints.verify|verify} messages.
         * @param message Endpoints message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Endpoints.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Endpoints message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Endpoints & meshd.Endpoints.$Shape} Endpoints
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Endpoints & meshd.Endpoints.$Shape;
    }

    namespace Endpoints {

        /** Properties of an Endpoints. */
        interface $Properties {

            /** Endpoints candidates */
            candidates?: (meshd.Candidate.$Properties[]|null);

            /** Endpoints homeRelay */
            homeRelay?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Endpoints. */
        type $Shape = meshd.Endpoints.$Properties;
    }

    /**
     * Properties of a Candidate.
     * @deprecated Use meshd.Candidate.$Properties instead.
     */
    interface ICandidate extends meshd.Candidate.$Properties {
    }

    /** Represents a Candidate. */
    class Candidate {

        /**
         * Constructs a new Candidate.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Candidate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Candidate kind. */
        kind: meshd.Candidate.Kind;

        /** Candidate address. */
        address: string;

        /**
         * Encodes the specified Candidate message. Does not implicitly {@link meshd.Candidate.verify|verify} messages.
         * @param message Candidate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Candidate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Candidate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Candidate & meshd.Candidate.$Shape} Candidate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Candidate & meshd.Candidate.$Shape;
    }

    namespace Candidate {

        /** Properties of a Candidate. */
        interface $Properties {

            /** Candidate kind */
            kind?: (meshd.Candidate.Kind|null);

            /** Candidate address */
            address?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Candidate. */
        type $Shape = meshd.Candidate.$Properties;

        /** Kind enum. */
        enum Kind {

            /** HOST value */
            HOST = 0,

            /** REFLEXIVE value */
            REFLEXIVE = 1,

            /** PORT_MAPPED value */
            PORT_MAPPED = 2,

            /** CONFIGURED value */
            CONFIGURED = 3,

            /** OBSERVED value */
            OBSERVED = 4
        }
    }

    /**
     * Properties of a PunchRequest.
     * @deprecated Use meshd.PunchRequest.$Properties instead.
     */
    interface IPunchRequest extends meshd.PunchRequest.$Properties {
    }

    /** Represents a PunchRequest. */
    class PunchRequest {

        /**
         * Constructs a new PunchRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.PunchRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PunchRequest peer. */
        peer: Uint8Array;

        /** PunchRequest candidates. */
        candidates: meshd.Candidate.$Properties[];

        /** PunchRequest attempt. */
        attempt: number;

        /** PunchRequest nat. */
        nat?: (meshd.NatHint.$Properties|null);

        /**
         * Encodes the specified PunchRequest message. Does not implicitly {@link meshd.PunchRequest.verify|verify} messages.
         * @param message PunchRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.PunchRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PunchRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.PunchRequest & meshd.PunchRequest.$Shape} PunchRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.PunchRequest & meshd.PunchRequest.$Shape;
    }

    namespace PunchRequest {

        /** Properties of a PunchRequest. */
        interface $Properties {

            /** PunchRequest peer */
            peer?: (Uint8Array|null);

            /** PunchRequest candidates */
            candidates?: (meshd.Candidate.$Properties[]|null);

            /** PunchRequest attempt */
            attempt?: (number|null);

            /** PunchRequest nat */
            nat?: (meshd.NatHint.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PunchRequest. */
        type $Shape = meshd.PunchRequest.$Properties;
    }

    /**
     * Properties of a NatHint.
     * @deprecated Use meshd.NatHint.$Properties instead.
     */
    interface INatHint extends meshd.NatHint.$Properties {
    }

    /** Represents a NatHint. */
    class NatHint {

        /**
         * Constructs a new NatHint.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.NatHint.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NatHint mapping. */
        mapping: number;

        /** NatHint allocation. */
        allocation: number;

        /** NatHint step. */
        step: number;

        /**
         * Encodes the specified NatHint message. Does not implicitly {@link meshd.NatHint.verify|verify} messages.
         * @param message NatHint message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.NatHint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NatHint message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.NatHint & meshd.NatHint.$Shape} NatHint
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.NatHint & meshd.NatHint.$Shape;
    }

    namespace NatHint {

        /** Properties of a NatHint. */
        interface $Properties {

            /** NatHint mapping */
            mapping?: (number|null);

            /** NatHint allocation */
            allocation?: (number|null);

            /** NatHint step */
            step?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a NatHint. */
        type $Shape = meshd.NatHint.$Properties;
    }

    /**
     * Properties of a PunchNotice.
     * @deprecated Use meshd.PunchNotice.$Properties instead.
     */
    interface IPunchNotice extends meshd.PunchNotice.$Properties {
    }

    /** Represents a PunchNotice. */
    class PunchNotice {

        /**
         * Constructs a new PunchNotice.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.PunchNotice.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PunchNotice peer. */
        peer: Uint8Array;

        /** PunchNotice candidates. */
        candidates: meshd.Candidate.$Properties[];

        /** PunchNotice attempt. */
        attempt: number;

        /** PunchNotice nat. */
        nat?: (meshd.NatHint.$Properties|null);

        /** PunchNotice observed. */
        observed: string[];

        /**
         * Encodes the specified PunchNotice message. Does not implicitly {@link meshd.PunchNotice.verify|verify} messages.
         * @param message PunchNotice message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.PunchNotice.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PunchNotice message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.PunchNotice & meshd.PunchNotice.$Shape} PunchNotice
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.PunchNotice & meshd.PunchNotice.$Shape;
    }

    namespace PunchNotice {

        /** Properties of a PunchNotice. */
        interface $Properties {

            /** PunchNotice peer */
            peer?: (Uint8Array|null);

            /** PunchNotice candidates */
            candidates?: (meshd.Candidate.$Properties[]|null);

            /** PunchNotice attempt */
            attempt?: (number|null);

            /** PunchNotice nat */
            nat?: (meshd.NatHint.$Properties|null);

            /** PunchNotice observed */
            observed?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PunchNotice. */
        type $Shape = meshd.PunchNotice.$Properties;
    }

    /**
     * Properties of a Heartbeat.
     * @deprecated Use meshd.Heartbeat.$Properties instead.
     */
    interface IHeartbeat extends meshd.Heartbeat.$Properties {
    }

    /** Represents a Heartbeat. */
    class Heartbeat {

        /**
         * Constructs a new Heartbeat.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Heartbeat.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Heartbeat sequence. */
        sequence: number;

        /** Heartbeat reply. */
        reply: boolean;

        /** Heartbeat coordinatorTimeMs. */
        coordinatorTimeMs: number;

        /**
         * Encodes the specified Heartbeat message. Does not implicitly {@link meshd.Heartbeat.verify|verify} messages.
         * @param message Heartbeat message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Heartbeat message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Heartbeat & meshd.Heartbeat.$Shape} Heartbeat
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Heartbeat & meshd.Heartbeat.$Shape;
    }

    namespace Heartbeat {

        /** Properties of a Heartbeat. */
        interface $Properties {

            /** Heartbeat sequence */
            sequence?: (number|null);

            /** Heartbeat reply */
            reply?: (boolean|null);

            /** Heartbeat coordinatorTimeMs */
            coordinatorTimeMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Heartbeat. */
        type $Shape = meshd.Heartbeat.$Properties;
    }

    /**
     * Properties of a Logout.
     * @deprecated Use meshd.Logout.$Properties instead.
     */
    interface ILogout extends meshd.Logout.$Properties {
    }

    /** Represents a Logout. */
    class Logout {

        /**
         * Constructs a new Logout.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Logout.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /**
         * Encodes the specified Logout message. Does not implicitly {@link meshd.Logout.verify|verify} messages.
         * @param message Logout message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Logout.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Logout message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Logout & meshd.Logout.$Shape} Logout
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Logout & meshd.Logout.$Shape;
    }

    namespace Logout {

        /** Properties of a Logout. */
        interface $Properties {

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Logout. */
        type $Shape = meshd.Logout.$Properties;
    }

    /**
     * Properties of a Goodbye.
     * @deprecated Use meshd.Goodbye.$Properties instead.
     */
    interface IGoodbye extends meshd.Goodbye.$Properties {
    }

    /** Represents a Goodbye. */
    class Goodbye {

        /**
         * Constructs a new Goodbye.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.Goodbye.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Goodbye reason. */
        reason: meshd.Goodbye.Reason;

        /** Goodbye message. */
        message: string;

        /**
         * Encodes the specified Goodbye message. Does not implicitly {@link meshd.Goodbye.verify|verify} messages.
         * @param message Goodbye message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Goodbye message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.Goodbye & meshd.Goodbye.$Shape} Goodbye
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.Goodbye & meshd.Goodbye.$Shape;
    }

    namespace Goodbye {

        /** Properties of a Goodbye. */
        interface $Properties {

            /** Goodbye reason */
            reason?: (meshd.Goodbye.Reason|null);

            /** Goodbye message */
            message?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Goodbye. */
        type $Shape = meshd.Goodbye.$Properties;

        /** Reason enum. */
        enum Reason {

            /** UNSPECIFIED value */
            UNSPECIFIED = 0,

            /** REMOVED value */
            REMOVED = 1,

            /** REPLACED value */
            REPLACED = 2,

            /** SHUTTING_DOWN value */
            SHUTTING_DOWN = 3,

            /** OVERLOADED value */
            OVERLOADED = 4
        }
    }

    /**
     * Properties of a TicketRequest.
     * @deprecated Use meshd.TicketRequest.$Properties instead.
     */
    interface ITicketRequest extends meshd.TicketRequest.$Properties {
    }

    /** Represents a TicketRequest. */
    class TicketRequest {

        /**
         * Constructs a new TicketRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.TicketRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TicketRequest relays. */
        relays: string[];

        /**
         * Encodes the specified TicketRequest message. Does not implicitly {@link meshd.TicketRequest.verify|verify} messages.
         * @param message TicketRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.TicketRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TicketRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.TicketRequest & meshd.TicketRequest.$Shape} TicketRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.TicketRequest & meshd.TicketRequest.$Shape;
    }

    namespace TicketRequest {

        /** Properties of a TicketRequest. */
        interface $Properties {

            /** TicketRequest relays */
            relays?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TicketRequest. */
        type $Shape = meshd.TicketRequest.$Properties;
    }

    /**
     * Properties of a TicketGrant.
     * @deprecated Use meshd.TicketGrant.$Properties instead.
     */
    interface ITicketGrant extends meshd.TicketGrant.$Properties {
    }

    /** Represents a TicketGrant. */
    class TicketGrant {

        /**
         * Constructs a new TicketGrant.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.TicketGrant.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TicketGrant relay. */
        relay: string;

        /** TicketGrant ticket. */
        ticket?: (meshd.SignedTicket.$Properties|null);

        /**
         * Encodes the specified TicketGrant message. Does not implicitly {@link meshd.TicketGrant.verify|verify} messages.
         * @param message TicketGrant message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.TicketGrant.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TicketGrant message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.TicketGrant & meshd.TicketGrant.$Shape} TicketGrant
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.TicketGrant & meshd.TicketGrant.$Shape;
    }

    namespace TicketGrant {

        /** Properties of a TicketGrant. */
        interface $Properties {

            /** TicketGrant relay */
            relay?: (string|null);

            /** TicketGrant ticket */
            ticket?: (meshd.SignedTicket.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TicketGrant. */
        type $Shape = meshd.TicketGrant.$Properties;
    }

    /**
     * Properties of a RelayAuthenticate.
     * @deprecated Use meshd.RelayAuthenticate.$Properties instead.
     */
    interface IRelayAuthenticate extends meshd.RelayAuthenticate.$Properties {
    }

    /** Represents a RelayAuthenticate. */
    class RelayAuthenticate {

        /**
         * Constructs a new RelayAuthenticate.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayAuthenticate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayAuthenticate relayKey. */
        relayKey: Uint8Array;

        /** RelayAuthenticate signature. */
        signature: Uint8Array;

        /** RelayAuthenticate token. */
        token?: (meshd.AuthSecret.$Properties|null);

        /** RelayAuthenticate region. */
        region: string;

        /** RelayAuthenticate software. */
        software: string;

        /**
         * Encodes the specified RelayAuthenticate message. Does not implicitly {@link meshd.RelayAuthenticate.verify|verify} messages.
         * @param message RelayAuthenticate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayAuthenticate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayAuthenticate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayAuthenticate & meshd.RelayAuthenticate.$Shape} RelayAuthenticate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayAuthenticate & meshd.RelayAuthenticate.$Shape;
    }

    namespace RelayAuthenticate {

        /** Properties of a RelayAuthenticate. */
        interface $Properties {

            /** RelayAuthenticate relayKey */
            relayKey?: (Uint8Array|null);

            /** RelayAuthenticate signature */
            signature?: (Uint8Array|null);

            /** RelayAuthenticate token */
            token?: (meshd.AuthSecret.$Properties|null);

            /** RelayAuthenticate region */
            region?: (string|null);

            /** RelayAuthenticate software */
            software?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayAuthenticate. */
        type $Shape = meshd.RelayAuthenticate.$Properties;
    }

    /**
     * Properties of a RelayAddresses.
     * @deprecated Use meshd.RelayAddresses.$Properties instead.
     */
    interface IRelayAddresses extends meshd.RelayAddresses.$Properties {
    }

    /** Represents a RelayAddresses. */
    class RelayAddresses {

        /**
         * Constructs a new RelayAddresses.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayAddresses.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayAddresses udpAddresses. */
        udpAddresses: string[];

        /** RelayAddresses tcpAddresses. */
        tcpAddresses: string[];

        /**
         * Encodes the specified RelayAddresses message. Does not implicitly {@link meshd.RelayAddresses.verify|verify} messages.
         * @param message RelayAddresses message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayAddresses.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayAddresses message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayAddresses & meshd.RelayAddresses.$Shape} RelayAddresses
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayAddresses & meshd.RelayAddresses.$Shape;
    }

    namespace RelayAddresses {

        /** Properties of a RelayAddresses. */
        interface $Properties {

            /** RelayAddresses udpAddresses */
            udpAddresses?: (string[]|null);

            /** RelayAddresses tcpAddresses */
            tcpAddresses?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayAddresses. */
        type $Shape = meshd.RelayAddresses.$Properties;
    }

    /**
     * Properties of a RelayRevocations.
     * @deprecated Use meshd.RelayRevocations.$Properties instead.
     */
    interface IRelayRevocations extends meshd.RelayRevocations.$Properties {
    }

    /** Represents a RelayRevocations. */
    class RelayRevocations {

        /**
         * Constructs a new RelayRevocations.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayRevocations.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayRevocations full. */
        full: boolean;

        /** RelayRevocations nodeKeys. */
        nodeKeys: Uint8Array[];

        /** RelayRevocations restored. */
        restored: Uint8Array[];

        /** RelayRevocations coordinators. */
        coordinators: string[];

        /** RelayRevocations name. */
        name: string;

        /**
         * Encodes the specified RelayRevocations message. Does not implicitly {@link meshd.RelayRevocations.verify|verify} messages.
         * @param message RelayRevocations message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayRevocations.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayRevocations message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayRevocations & meshd.RelayRevocations.$Shape} RelayRevocations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayRevocations & meshd.RelayRevocations.$Shape;
    }

    namespace RelayRevocations {

        /** Properties of a RelayRevocations. */
        interface $Properties {

            /** RelayRevocations full */
            full?: (boolean|null);

            /** RelayRevocations nodeKeys */
            nodeKeys?: (Uint8Array[]|null);

            /** RelayRevocations restored */
            restored?: (Uint8Array[]|null);

            /** RelayRevocations coordinators */
            coordinators?: (string[]|null);

            /** RelayRevocations name */
            name?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayRevocations. */
        type $Shape = meshd.RelayRevocations.$Properties;
    }

    /**
     * Properties of a RelayObservations.
     * @deprecated Use meshd.RelayObservations.$Properties instead.
     */
    interface IRelayObservations extends meshd.RelayObservations.$Properties {
    }

    /** Represents a RelayObservations. */
    class RelayObservations {

        /**
         * Constructs a new RelayObservations.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayObservations.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayObservations observations. */
        observations: meshd.RelayObservation.$Properties[];

        /**
         * Encodes the specified RelayObservations message. Does not implicitly {@link meshd.RelayObservations.verify|verify} messages.
         * @param message RelayObservations message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayObservations.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayObservations message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayObservations & meshd.RelayObservations.$Shape} RelayObservations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayObservations & meshd.RelayObservations.$Shape;
    }

    namespace RelayObservations {

        /** Properties of a RelayObservations. */
        interface $Properties {

            /** RelayObservations observations */
            observations?: (meshd.RelayObservation.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayObservations. */
        type $Shape = meshd.RelayObservations.$Properties;
    }

    /**
     * Properties of a RelayObservation.
     * @deprecated Use meshd.RelayObservation.$Properties instead.
     */
    interface IRelayObservation extends meshd.RelayObservation.$Properties {
    }

    /** Represents a RelayObservation. */
    class RelayObservation {

        /**
         * Constructs a new RelayObservation.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayObservation.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayObservation nodeKey. */
        nodeKey: Uint8Array;

        /** RelayObservation ip. */
        ip: string;

        /**
         * Encodes the specified RelayObservation message. Does not implicitly {@link meshd.RelayObservation.verify|verify} messages.
         * @param message RelayObservation message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayObservation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayObservation message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayObservation & meshd.RelayObservation.$Shape} RelayObservation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayObservation & meshd.RelayObservation.$Shape;
    }

    namespace RelayObservation {

        /** Properties of a RelayObservation. */
        interface $Properties {

            /** RelayObservation nodeKey */
            nodeKey?: (Uint8Array|null);

            /** RelayObservation ip */
            ip?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayObservation. */
        type $Shape = meshd.RelayObservation.$Properties;
    }

    /**
     * Properties of a RelayOffer.
     * @deprecated Use meshd.RelayOffer.$Properties instead.
     */
    interface IRelayOffer extends meshd.RelayOffer.$Properties {
    }

    /** Represents a RelayOffer. */
    class RelayOffer {

        /**
         * Constructs a new RelayOffer.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayOffer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayOffer udpAddresses. */
        udpAddresses: string[];

        /**
         * Encodes the specified RelayOffer message. Does not implicitly {@link meshd.RelayOffer.verify|verify} messages.
         * @param message RelayOffer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayOffer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayOffer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayOffer & meshd.RelayOffer.$Shape} RelayOffer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayOffer & meshd.RelayOffer.$Shape;
    }

    namespace RelayOffer {

        /** Properties of a RelayOffer. */
        interface $Properties {

            /** RelayOffer udpAddresses */
            udpAddresses?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayOffer. */
        type $Shape = meshd.RelayOffer.$Properties;
    }

    /**
     * Properties of a RelayOfferAnswer.
     * @deprecated Use meshd.RelayOfferAnswer.$Properties instead.
     */
    interface IRelayOfferAnswer extends meshd.RelayOfferAnswer.$Properties {
    }

    /** Represents a RelayOfferAnswer. */
    class RelayOfferAnswer {

        /**
         * Constructs a new RelayOfferAnswer.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayOfferAnswer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayOfferAnswer status. */
        status: meshd.RelayOfferAnswer.Status;

        /** RelayOfferAnswer relay. */
        relay: string;

        /** RelayOfferAnswer udpAddresses. */
        udpAddresses: string[];

        /**
         * Encodes the specified RelayOfferAnswer message. Does not implicitly {@link meshd.RelayOfferAnswer.verify|verify} messages.
         * @param message RelayOfferAnswer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayOfferAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayOfferAnswer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayOfferAnswer & meshd.RelayOfferAnswer.$Shape} RelayOfferAnswer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayOfferAnswer & meshd.RelayOfferAnswer.$Shape;
    }

    namespace RelayOfferAnswer {

        /** Properties of a RelayOfferAnswer. */
        interface $Properties {

            /** RelayOfferAnswer status */
            status?: (meshd.RelayOfferAnswer.Status|null);

            /** RelayOfferAnswer relay */
            relay?: (string|null);

            /** RelayOfferAnswer udpAddresses */
            udpAddresses?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayOfferAnswer. */
        type $Shape = meshd.RelayOfferAnswer.$Properties;

        /** Status enum. */
        enum Status {

            /** CHECKING value */
            CHECKING = 0,

            /** ACCEPTED value */
            ACCEPTED = 1,

            /** UNREACHABLE value */
            UNREACHABLE = 2,

            /** NOT_WANTED value */
            NOT_WANTED = 3,

            /** FULL value */
            FULL = 4,

            /** REFUSED value */
            REFUSED = 5
        }
    }

    /**
     * Properties of a SignedTicket.
     * @deprecated Use meshd.SignedTicket.$Properties instead.
     */
    interface ISignedTicket extends meshd.SignedTicket.$Properties {
    }

    /** Represents a SignedTicket. */
    class SignedTicket {

        /**
         * Constructs a new SignedTicket.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.SignedTicket.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SignedTicket ticket. */
        ticket: Uint8Array;

        /** SignedTicket signature. */
        signature: Uint8Array;

        /**
         * Encodes the specified SignedTicket message. Does not implicitly {@link meshd.SignedTicket.verify|verify} messages.
         * @param message SignedTicket message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.SignedTicket.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SignedTicket message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.SignedTicket & meshd.SignedTicket.$Shape} SignedTicket
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.SignedTicket & meshd.SignedTicket.$Shape;
    }

    namespace SignedTicket {

        /** Properties of a SignedTicket. */
        interface $Properties {

            /** SignedTicket ticket */
            ticket?: (Uint8Array|null);

            /** SignedTicket signature */
            signature?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SignedTicket. */
        type $Shape = meshd.SignedTicket.$Properties;
    }

    /**
     * Properties of a RelayTicket.
     * @deprecated Use meshd.RelayTicket.$Properties instead.
     */
    interface IRelayTicket extends meshd.RelayTicket.$Properties {
    }

    /** Represents a RelayTicket. */
    class RelayTicket {

        /**
         * Constructs a new RelayTicket.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayTicket.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayTicket meshId. */
        meshId: Uint8Array;

        /** RelayTicket nodeKey. */
        nodeKey: Uint8Array;

        /** RelayTicket relayKey. */
        relayKey: Uint8Array;

        /** RelayTicket notBeforeMs. */
        notBeforeMs: number;

        /** RelayTicket notAfterMs. */
        notAfterMs: number;

        /** RelayTicket rootKey. */
        rootKey: Uint8Array;

        /**
         * Encodes the specified RelayTicket message. Does not implicitly {@link meshd.RelayTicket.verify|verify} messages.
         * @param message RelayTicket message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayTicket.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayTicket message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayTicket & meshd.RelayTicket.$Shape} RelayTicket
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayTicket & meshd.RelayTicket.$Shape;
    }

    namespace RelayTicket {

        /** Properties of a RelayTicket. */
        interface $Properties {

            /** RelayTicket meshId */
            meshId?: (Uint8Array|null);

            /** RelayTicket nodeKey */
            nodeKey?: (Uint8Array|null);

            /** RelayTicket relayKey */
            relayKey?: (Uint8Array|null);

            /** RelayTicket notBeforeMs */
            notBeforeMs?: (number|null);

            /** RelayTicket notAfterMs */
            notAfterMs?: (number|null);

            /** RelayTicket rootKey */
            rootKey?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayTicket. */
        type $Shape = meshd.RelayTicket.$Properties;
    }

    /**
     * Properties of a SignedNetmapHeader.
     * @deprecated Use meshd.SignedNetmapHeader.$Properties instead.
     */
    interface ISignedNetmapHeader extends meshd.SignedNetmapHeader.$Properties {
    }

    /** Represents a SignedNetmapHeader. */
    class SignedNetmapHeader {

        /**
         * Constructs a new SignedNetmapHeader.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.SignedNetmapHeader.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SignedNetmapHeader header. */
        header: Uint8Array;

        /** SignedNetmapHeader signature. */
        signature: Uint8Array;

        /**
         * Encodes the specified SignedNetmapHeader message. Does not implicitly {@link meshd.SignedNetmapHeader.verify|verify} messages.
         * @param message SignedNetmapHeader message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.SignedNetmapHeader.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SignedNetmapHeader message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.SignedNetmapHeader & meshd.SignedNetmapHeader.$Shape} SignedNetmapHeader
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.SignedNetmapHeader & meshd.SignedNetmapHeader.$Shape;
    }

    namespace SignedNetmapHeader {

        /** Properties of a SignedNetmapHeader. */
        interface $Properties {

            /** SignedNetmapHeader header */
            header?: (Uint8Array|null);

            /** SignedNetmapHeader signature */
            signature?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SignedNetmapHeader. */
        type $Shape = meshd.SignedNetmapHeader.$Properties;
    }

    /**
     * Properties of a NetmapHeader.
     * @deprecated Use meshd.NetmapHeader.$Properties instead.
     */
    interface INetmapHeader extends meshd.NetmapHeader.$Properties {
    }

    /** Represents a NetmapHeader. */
    class NetmapHeader {

        /**
         * Constructs a new NetmapHeader.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.NetmapHeader.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NetmapHeader meshId. */
        meshId: Uint8Array;

        /** NetmapHeader recipient. */
        recipient: Uint8Array;

        /** NetmapHeader epoch. */
        epoch: number;

        /** NetmapHeader version. */
        version: number;

        /** NetmapHeader setHash. */
        setHash: Uint8Array;

        /** NetmapHeader issuedAtMs. */
        issuedAtMs: number;

        /**
         * Encodes the specified NetmapHeader message. Does not implicitly {@link meshd.NetmapHeader.verify|verify} messages.
         * @param message NetmapHeader message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.NetmapHeader.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NetmapHeader message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.NetmapHeader & meshd.NetmapHeader.$Shape} NetmapHeader
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.NetmapHeader & meshd.NetmapHeader.$Shape;
    }

    namespace NetmapHeader {

        /** Properties of a NetmapHeader. */
        interface $Properties {

            /** NetmapHeader meshId */
            meshId?: (Uint8Array|null);

            /** NetmapHeader recipient */
            recipient?: (Uint8Array|null);

            /** NetmapHeader epoch */
            epoch?: (number|null);

            /** NetmapHeader version */
            version?: (number|null);

            /** NetmapHeader setHash */
            setHash?: (Uint8Array|null);

            /** NetmapHeader issuedAtMs */
            issuedAtMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a NetmapHeader. */
        type $Shape = meshd.NetmapHeader.$Properties;
    }

    /**
     * Properties of a NetmapUpdate.
     * @deprecated Use meshd.NetmapUpdate.$Properties instead.
     */
    interface INetmapUpdate extends meshd.NetmapUpdate.$Properties {
    }

    /** Represents a NetmapUpdate. */
    class NetmapUpdate {

        /**
         * Constructs a new NetmapUpdate.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.NetmapUpdate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NetmapUpdate header. */
        header?: (meshd.SignedNetmapHeader.$Properties|null);

        /** NetmapUpdate full. */
        full: boolean;

        /** NetmapUpdate entries. */
        entries: Uint8Array[];

        /** NetmapUpdate removed. */
        removed: string[];

        /** NetmapUpdate more. */
        more: boolean;

        /**
         * Encodes the specified NetmapUpdate message. Does not implicitly {@link meshd.NetmapUpdate.verify|verify} messages.
         * @param message NetmapUpdate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.NetmapUpdate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NetmapUpdate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.NetmapUpdate & meshd.NetmapUpdate.$Shape} NetmapUpdate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.NetmapUpdate & meshd.NetmapUpdate.$Shape;
    }

    namespace NetmapUpdate {

        /** Properties of a NetmapUpdate. */
        interface $Properties {

            /** NetmapUpdate header */
            header?: (meshd.SignedNetmapHeader.$Properties|null);

            /** NetmapUpdate full */
            full?: (boolean|null);

            /** NetmapUpdate entries */
            entries?: (Uint8Array[]|null);

            /** NetmapUpdate removed */
            removed?: (string[]|null);

            /** NetmapUpdate more */
            more?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a NetmapUpdate. */
        type $Shape = meshd.NetmapUpdate.$Properties;
    }

    /**
     * Properties of a NetmapEntry.
     * @deprecated Use meshd.NetmapEntry.$Properties instead.
     */
    interface INetmapEntry extends meshd.NetmapEntry.$Properties {
    }

    /** Represents a NetmapEntry. */
    class NetmapEntry {

        /**
         * Constructs a new NetmapEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.NetmapEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NetmapEntry name. */
        name: string;

        /** NetmapEntry mesh. */
        mesh?: (meshd.MeshEntry.$Properties|null);

        /** NetmapEntry self. */
        self?: (meshd.SelfEntry.$Properties|null);

        /** NetmapEntry peer. */
        peer?: (meshd.PeerEntry.$Properties|null);

        /** NetmapEntry presence. */
        presence?: (meshd.PresenceEntry.$Properties|null);

        /** NetmapEntry relay. */
        relay?: (meshd.RelayEntry.$Properties|null);

        /** NetmapEntry body. */
        body?: ("mesh"|"self"|"peer"|"presence"|"relay");

        /**
         * Encodes the specified NetmapEntry message. Does not implicitly {@link meshd.NetmapEntry.verify|verify} messages.
         * @param message NetmapEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.NetmapEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NetmapEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.NetmapEntry & meshd.NetmapEntry.$Shape} NetmapEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.NetmapEntry & meshd.NetmapEntry.$Shape;
    }

    namespace NetmapEntry {

        /** Properties of a NetmapEntry. */
        interface $Properties {

            /** NetmapEntry name */
            name?: (string|null);

            /** NetmapEntry mesh */
            mesh?: (meshd.MeshEntry.$Properties|null);

            /** NetmapEntry self */
            self?: (meshd.SelfEntry.$Properties|null);

            /** NetmapEntry peer */
            peer?: (meshd.PeerEntry.$Properties|null);

            /** NetmapEntry presence */
            presence?: (meshd.PresenceEntry.$Properties|null);

            /** NetmapEntry relay */
            relay?: (meshd.RelayEntry.$Properties|null);

            /** NetmapEntry body */
            body?: ("mesh"|"self"|"peer"|"presence"|"relay");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a NetmapEntry. */
        type $Shape = {
          name?: string|null;
          mesh?: meshd.MeshEntry.$Shape|null;
          self?: meshd.SelfEntry.$Shape|null;
          peer?: meshd.PeerEntry.$Shape|null;
          presence?: meshd.PresenceEntry.$Shape|null;
          relay?: meshd.RelayEntry.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ body?: undefined; mesh?: null; self?: null; peer?: null; presence?: null; relay?: null }|{ body?: "mesh"; mesh: meshd.MeshEntry.$Shape; self?: null; peer?: null; presence?: null; relay?: null }|{ body?: "self"; mesh?: null; self: meshd.SelfEntry.$Shape; peer?: null; presence?: null; relay?: null }|{ body?: "peer"; mesh?: null; self?: null; peer: meshd.PeerEntry.$Shape; presence?: null; relay?: null }|{ body?: "presence"; mesh?: null; self?: null; peer?: null; presence: meshd.PresenceEntry.$Shape; relay?: null }|{ body?: "relay"; mesh?: null; self?: null; peer?: null; presence?: null; relay: meshd.RelayEntry.$Shape })
        );
    }

    /**
     * Properties of a MeshEntry.
     * @deprecated Use meshd.MeshEntry.$Properties instead.
     */
    interface IMeshEntry extends meshd.MeshEntry.$Properties {
    }

    /** Represents a MeshEntry. */
    class MeshEntry {

        /**
         * Constructs a new MeshEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.MeshEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** MeshEntry domain. */
        domain: string;

        /** MeshEntry ipv4Prefix. */
        ipv4Prefix: string;

        /** MeshEntry ipv6Prefix. */
        ipv6Prefix: string;

        /** MeshEntry coordinators. */
        coordinators: string[];

        /** MeshEntry stunServers. */
        stunServers: string[];

        /**
         * Encodes the specified MeshEntry message. Does not implicitly {@link meshd.MeshEntry.verify|verify} messages.
         * @param message MeshEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.MeshEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a MeshEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.MeshEntry & meshd.MeshEntry.$Shape} MeshEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.MeshEntry & meshd.MeshEntry.$Shape;
    }

    namespace MeshEntry {

        /** Properties of a MeshEntry. */
        interface $Properties {

            /** MeshEntry domain */
            domain?: (string|null);

            /** MeshEntry ipv4Prefix */
            ipv4Prefix?: (string|null);

            /** MeshEntry ipv6Prefix */
            ipv6Prefix?: (string|null);

            /** MeshEntry coordinators */
            coordinators?: (string[]|null);

            /** MeshEntry stunServers */
            stunServers?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a MeshEntry. */
        type $Shape = meshd.MeshEntry.$Properties;
    }

    /**
     * Properties of a SelfEntry.
     * @deprecated Use meshd.SelfEntry.$Properties instead.
     */
    interface ISelfEntry extends meshd.SelfEntry.$Properties {
    }

    /** Represents a SelfEntry. */
    class SelfEntry {

        /**
         * Constructs a new SelfEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.SelfEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SelfEntry nodeKey. */
        nodeKey: Uint8Array;

        /** SelfEntry hostname. */
        hostname: string;

        /** SelfEntry ips. */
        ips: string[];

        /** SelfEntry tags. */
        tags: string[];

        /**
         * Encodes the specified SelfEntry message. Does not implicitly {@link meshd.SelfEntry.verify|verify} messages.
         * @param message SelfEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.SelfEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SelfEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.SelfEntry & meshd.SelfEntry.$Shape} SelfEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.SelfEntry & meshd.SelfEntry.$Shape;
    }

    namespace SelfEntry {

        /** Properties of a SelfEntry. */
        interface $Properties {

            /** SelfEntry nodeKey */
            nodeKey?: (Uint8Array|null);

            /** SelfEntry hostname */
            hostname?: (string|null);

            /** SelfEntry ips */
            ips?: (string[]|null);

            /** SelfEntry tags */
            tags?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SelfEntry. */
        type $Shape = meshd.SelfEntry.$Properties;
    }

    /**
     * Properties of a PeerEntry.
     * @deprecated Use meshd.PeerEntry.$Properties instead.
     */
    interface IPeerEntry extends meshd.PeerEntry.$Properties {
    }

    /** Represents a PeerEntry. */
    class PeerEntry {

        /**
         * Constructs a new PeerEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.PeerEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PeerEntry nodeKey. */
        nodeKey: Uint8Array;

        /** PeerEntry discoKey. */
        discoKey: Uint8Array;

        /** PeerEntry discoSignature. */
        discoSignature: Uint8Array;

        /** PeerEntry hostname. */
        hostname: string;

        /** PeerEntry ips. */
        ips: string[];

        /** PeerEntry routes. */
        routes: string[];

        /** PeerEntry tags. */
        tags: string[];

        /** PeerEntry os. */
        os: string;

        /**
         * Encodes the specified PeerEntry message. Does not implicitly {@link meshd.PeerEntry.verify|verify} messages.
         * @param message PeerEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.PeerEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PeerEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.PeerEntry & meshd.PeerEntry.$Shape} PeerEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.PeerEntry & meshd.PeerEntry.$Shape;
    }

    namespace PeerEntry {

        /** Properties of a PeerEntry. */
        interface $Properties {

            /** PeerEntry nodeKey */
            nodeKey?: (Uint8Array|null);

            /** PeerEntry discoKey */
            discoKey?: (Uint8Array|null);

            /** PeerEntry discoSignature */
            discoSignature?: (Uint8Array|null);

            /** PeerEntry hostname */
            hostname?: (string|null);

            /** PeerEntry ips */
            ips?: (string[]|null);

            /** PeerEntry routes */
            routes?: (string[]|null);

            /** PeerEntry tags */
            tags?: (string[]|null);

            /** PeerEntry os */
            os?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PeerEntry. */
        type $Shape = meshd.PeerEntry.$Properties;
    }

    /**
     * Properties of a PresenceEntry.
     * @deprecated Use meshd.PresenceEntry.$Properties instead.
     */
    interface IPresenceEntry extends meshd.PresenceEntry.$Properties {
    }

    /** Represents a PresenceEntry. */
    class PresenceEntry {

        /**
         * Constructs a new PresenceEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.PresenceEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PresenceEntry nodeKey. */
        nodeKey: Uint8Array;

        /** PresenceEntry online. */
        online: boolean;

        /** PresenceEntry lastSeenMs. */
        lastSeenMs: number;

        /** PresenceEntry bootId. */
        bootId: Uint8Array;

        /** PresenceEntry candidates. */
        candidates: meshd.Candidate.$Properties[];

        /** PresenceEntry homeRelay. */
        homeRelay: string;

        /**
         * Encodes the specified PresenceEntry message. Does not implicitly {@link meshd.PresenceEntry.verify|verify} messages.
         * @param message PresenceEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.PresenceEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PresenceEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.PresenceEntry & meshd.PresenceEntry.$Shape} PresenceEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.PresenceEntry & meshd.PresenceEntry.$Shape;
    }

    namespace PresenceEntry {

        /** Properties of a PresenceEntry. */
        interface $Properties {

            /** PresenceEntry nodeKey */
            nodeKey?: (Uint8Array|null);

            /** PresenceEntry online */
            online?: (boolean|null);

            /** PresenceEntry lastSeenMs */
            lastSeenMs?: (number|null);

            /** PresenceEntry bootId */
            bootId?: (Uint8Array|null);

            /** PresenceEntry candidates */
            candidates?: (meshd.Candidate.$Properties[]|null);

            /** PresenceEntry homeRelay */
            homeRelay?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PresenceEntry. */
        type $Shape = meshd.PresenceEntry.$Properties;
    }

    /**
     * Properties of a RelayEntry.
     * @deprecated Use meshd.RelayEntry.$Properties instead.
     */
    interface IRelayEntry extends meshd.RelayEntry.$Properties {
    }

    /** Represents a RelayEntry. */
    class RelayEntry {

        /**
         * Constructs a new RelayEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayEntry relay. */
        relay: string;

        /** RelayEntry key. */
        key: Uint8Array;

        /** RelayEntry udpAddresses. */
        udpAddresses: string[];

        /** RelayEntry region. */
        region: string;

        /** RelayEntry tcpAddresses. */
        tcpAddresses: string[];

        /** RelayEntry away. */
        away: boolean;

        /** RelayEntry offered. */
        offered: boolean;

        /**
         * Encodes the specified RelayEntry message. Does not implicitly {@link meshd.RelayEntry.verify|verify} messages.
         * @param message RelayEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayEntry & meshd.RelayEntry.$Shape} RelayEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayEntry & meshd.RelayEntry.$Shape;
    }

    namespace RelayEntry {

        /** Properties of a RelayEntry. */
        interface $Properties {

            /** RelayEntry relay */
            relay?: (string|null);

            /** RelayEntry key */
            key?: (Uint8Array|null);

            /** RelayEntry udpAddresses */
            udpAddresses?: (string[]|null);

            /** RelayEntry region */
            region?: (string|null);

            /** RelayEntry tcpAddresses */
            tcpAddresses?: (string[]|null);

            /** RelayEntry away */
            away?: (boolean|null);

            /** RelayEntry offered */
            offered?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayEntry. */
        type $Shape = meshd.RelayEntry.$Properties;
    }

    /**
     * Properties of a DiscoMessage.
     * @deprecated Use meshd.DiscoMessage.$Properties instead.
     */
    interface IDiscoMessage extends meshd.DiscoMessage.$Properties {
    }

    /** Represents a DiscoMessage. */
    class DiscoMessage {

        /**
         * Constructs a new DiscoMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.DiscoMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DiscoMessage bootId. */
        bootId: Uint8Array;

        /** DiscoMessage counter. */
        counter: number;

        /** DiscoMessage ping. */
        ping?: (meshd.DiscoPing.$Properties|null);

        /** DiscoMessage pong. */
        pong?: (meshd.DiscoPong.$Properties|null);

        /** DiscoMessage candidates. */
        candidates?: (meshd.DiscoCandidates.$Properties|null);

        /** DiscoMessage hardPunch. */
        hardPunch?: (meshd.HardPunch.$Properties|null);

        /** DiscoMessage body. */
        body?: ("ping"|"pong"|"candidates"|"hardPunch");

        /**
         * Encodes the specified DiscoMessage message. Does not implicitly {@link meshd.DiscoMessage.verify|verify} messages.
         * @param message DiscoMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.DiscoMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DiscoMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.DiscoMessage & meshd.DiscoMessage.$Shape} DiscoMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.DiscoMessage & meshd.DiscoMessage.$Shape;
    }

    namespace DiscoMessage {

        /** Properties of a DiscoMessage. */
        interface $Properties {

            /** DiscoMessage bootId */
            bootId?: (Uint8Array|null);

            /** DiscoMessage counter */
            counter?: (number|null);

            /** DiscoMessage ping */
            ping?: (meshd.DiscoPing.$Properties|null);

            /** DiscoMessage pong */
            pong?: (meshd.DiscoPong.$Properties|null);

            /** DiscoMessage candidates */
            candidates?: (meshd.DiscoCandidates.$Properties|null);

            /** DiscoMessage hardPunch */
            hardPunch?: (meshd.HardPunch.$Properties|null);

            /** DiscoMessage body */
            body?: ("ping"|"pong"|"candidates"|"hardPunch");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a DiscoMessage. */
        type $Shape = {
          bootId?: Uint8Array|null;
          counter?: number|null;
          ping?: meshd.DiscoPing.$Shape|null;
          pong?: meshd.DiscoPong.$Shape|null;
          candidates?: meshd.DiscoCandidates.$Shape|null;
          hardPunch?: meshd.HardPunch.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ body?: undefined; ping?: null; pong?: null; candidates?: null; hardPunch?: null }|{ body?: "ping"; ping: meshd.DiscoPing.$Shape; pong?: null; candidates?: null; hardPunch?: null }|{ body?: "pong"; ping?: null; pong: meshd.DiscoPong.$Shape; candidates?: null; hardPunch?: null }|{ body?: "candidates"; ping?: null; pong?: null; candidates: meshd.DiscoCandidates.$Shape; hardPunch?: null }|{ body?: "hardPunch"; ping?: null; pong?: null; candidates?: null; hardPunch: meshd.HardPunch.$Shape })
        );
    }

    /**
     * Properties of a DiscoPing.
     * @deprecated Use meshd.DiscoPing.$Properties instead.
     */
    interface IDiscoPing extends meshd.DiscoPing.$Properties {
    }

    /** Represents a DiscoPing. */
    class DiscoPing {

        /**
         * Constructs a new DiscoPing.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.DiscoPing.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DiscoPing transactionId. */
        transactionId: Uint8Array;

        /** DiscoPing paddingBytes. */
        paddingBytes: number;

        /**
         * Encodes the specified DiscoPing message. Does not implicitly {@link meshd.DiscoPing.verify|verify} messages.
         * @param message DiscoPing message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.DiscoPing.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DiscoPing message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.DiscoPing & meshd.DiscoPing.$Shape} DiscoPing
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.DiscoPing & meshd.DiscoPing.$Shape;
    }

    namespace DiscoPing {

        /** Properties of a DiscoPing. */
        interface $Properties {

            /** DiscoPing transactionId */
            transactionId?: (Uint8Array|null);

            /** DiscoPing paddingBytes */
            paddingBytes?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DiscoPing. */
        type $Shape = meshd.DiscoPing.$Properties;
    }

    /**
     * Properties of a DiscoPong.
     * @deprecated Use meshd.DiscoPong.$Properties instead.
     */
    interface IDiscoPong extends meshd.DiscoPong.$Properties {
    }

    /** Represents a DiscoPong. */
    class DiscoPong {

        /**
         * Constructs a new DiscoPong.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.DiscoPong.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DiscoPong transactionId. */
        transactionId: Uint8Array;

        /** DiscoPong observed. */
        observed: string;

        /**
         * Encodes the specified DiscoPong message. Does not implicitly {@link meshd.DiscoPong.verify|verify} messages.
         * @param message DiscoPong message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.DiscoPong.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DiscoPong message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.DiscoPong & meshd.DiscoPong.$Shape} DiscoPong
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.DiscoPong & meshd.DiscoPong.$Shape;
    }

    namespace DiscoPong {

        /** Properties of a DiscoPong. */
        interface $Properties {

            /** DiscoPong transactionId */
            transactionId?: (Uint8Array|null);

            /** DiscoPong observed */
            observed?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DiscoPong. */
        type $Shape = meshd.DiscoPong.$Properties;
    }

    /**
     * Properties of a DiscoCandidates.
     * @deprecated Use meshd.DiscoCandidates.$Properties instead.
     */
    interface IDiscoCandidates extends meshd.DiscoCandidates.$Properties {
    }

    /** Represents a DiscoCandidates. */
    class DiscoCandidates {

        /**
         * Constructs a new DiscoCandidates.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.DiscoCandidates.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DiscoCandidates candidates. */
        candidates: meshd.DiscoCandidate.$Properties[];

        /** DiscoCandidates attempt. */
        attempt: number;

        /** DiscoCandidates replyWanted. */
        replyWanted: boolean;

        /** DiscoCandidates nat. */
        nat?: (meshd.NatHint.$Properties|null);

        /**
         * Encodes the specified DiscoCandidates message. Does not implicitly {@link meshd.DiscoCandidates.verify|verify} messages.
         * @param message DiscoCandidates message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.DiscoCandidates.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DiscoCandidates message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.DiscoCandidates & meshd.DiscoCandidates.$Shape} DiscoCandidates
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.DiscoCandidates & meshd.DiscoCandidates.$Shape;
    }

    namespace DiscoCandidates {

        /** Properties of a DiscoCandidates. */
        interface $Properties {

            /** DiscoCandidates candidates */
            candidates?: (meshd.DiscoCandidate.$Properties[]|null);

            /** DiscoCandidates attempt */
            attempt?: (number|null);

            /** DiscoCandidates replyWanted */
            replyWanted?: (boolean|null);

            /** DiscoCandidates nat */
            nat?: (meshd.NatHint.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DiscoCandidates. */
        type $Shape = meshd.DiscoCandidates.$Properties;
    }

    /**
     * Properties of a DiscoCandidate.
     * @deprecated Use meshd.DiscoCandidate.$Properties instead.
     */
    interface IDiscoCandidate extends meshd.DiscoCandidate.$Properties {
    }

    /** Represents a DiscoCandidate. */
    class DiscoCandidate {

        /**
         * Constructs a new DiscoCandidate.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.DiscoCandidate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DiscoCandidate kind. */
        kind: number;

        /** DiscoCandidate address. */
        address: string;

        /**
         * Encodes the specified DiscoCandidate message. Does not implicitly {@link meshd.DiscoCandidate.verify|verify} messages.
         * @param message DiscoCandidate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.DiscoCandidate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DiscoCandidate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.DiscoCandidate & meshd.DiscoCandidate.$Shape} DiscoCandidate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.DiscoCandidate & meshd.DiscoCandidate.$Shape;
    }

    namespace DiscoCandidate {

        /** Properties of a DiscoCandidate. */
        interface $Properties {

            /** DiscoCandidate kind */
            kind?: (number|null);

            /** DiscoCandidate address */
            address?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DiscoCandidate. */
        type $Shape = meshd.DiscoCandidate.$Properties;
    }

    /**
     * Properties of a HardPunch.
     * @deprecated Use meshd.HardPunch.$Properties instead.
     */
    interface IHardPunch extends meshd.HardPunch.$Properties {
    }

    /** Represents a HardPunch. */
    class HardPunch {

        /**
         * Constructs a new HardPunch.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.HardPunch.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HardPunch step. */
        step: number;

        /** HardPunch method. */
        method: number;

        /** HardPunch attempt. */
        attempt: number;

        /** HardPunch predicted. */
        predicted: string[];

        /**
         * Encodes the specified HardPunch message. Does not implicitly {@link meshd.HardPunch.verify|verify} messages.
         * @param message HardPunch message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.HardPunch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HardPunch message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.HardPunch & meshd.HardPunch.$Shape} HardPunch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.HardPunch & meshd.HardPunch.$Shape;
    }

    namespace HardPunch {

        /** Properties of a HardPunch. */
        interface $Properties {

            /** HardPunch step */
            step?: (number|null);

            /** HardPunch method */
            method?: (number|null);

            /** HardPunch attempt */
            attempt?: (number|null);

            /** HardPunch predicted */
            predicted?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HardPunch. */
        type $Shape = meshd.HardPunch.$Properties;
    }

    /**
     * Properties of a RelayRegister.
     * @deprecated Use meshd.RelayRegister.$Properties instead.
     */
    interface IRelayRegister extends meshd.RelayRegister.$Properties {
    }

    /** Represents a RelayRegister. */
    class RelayRegister {

        /**
         * Constructs a new RelayRegister.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayRegister.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayRegister ticket. */
        ticket?: (meshd.SignedTicket.$Properties|null);

        /** RelayRegister signature. */
        signature: Uint8Array;

        /**
         * Encodes the specified RelayRegister message. Does not implicitly {@link meshd.RelayRegister.verify|verify} messages.
         * @param message RelayRegister message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayRegister.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayRegister message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayRegister & meshd.RelayRegister.$Shape} RelayRegister
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayRegister & meshd.RelayRegister.$Shape;
    }

    namespace RelayRegister {

        /** Properties of a RelayRegister. */
        interface $Properties {

            /** RelayRegister ticket */
            ticket?: (meshd.SignedTicket.$Properties|null);

            /** RelayRegister signature */
            signature?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayRegister. */
        type $Shape = meshd.RelayRegister.$Properties;
    }

    /**
     * Properties of a RelayAccepted.
     * @deprecated Use meshd.RelayAccepted.$Properties instead.
     */
    interface IRelayAccepted extends meshd.RelayAccepted.$Properties {
    }

    /** Represents a RelayAccepted. */
    class RelayAccepted {

        /**
         * Constructs a new RelayAccepted.
         * @param [properties] Properties to set
         */
        constructor(properties?: meshd.RelayAccepted.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RelayAccepted session. */
        session: number;

        /** RelayAccepted observed. */
        observed: string;

        /** RelayAccepted idleTimeoutMs. */
        idleTimeoutMs: number;

        /** RelayAccepted signature. */
        signature: Uint8Array;

        /** RelayAccepted refused. */
        refused: number;

        /**
         * Encodes the specified RelayAccepted message. Does not implicitly {@link meshd.RelayAccepted.verify|verify} messages.
         * @param message RelayAccepted message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: meshd.RelayAccepted.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RelayAccepted message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {meshd.RelayAccepted & meshd.RelayAccepted.$Shape} RelayAccepted
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): meshd.RelayAccepted & meshd.RelayAccepted.$Shape;
    }

    namespace RelayAccepted {

        /** Properties of a RelayAccepted. */
        interface $Properties {

            /** RelayAccepted session */
            session?: (number|null);

            /** RelayAccepted observed */
            observed?: (string|null);

            /** RelayAccepted idleTimeoutMs */
            idleTimeoutMs?: (number|null);

            /** RelayAccepted signature */
            signature?: (Uint8Array|null);

            /** RelayAccepted refused */
            refused?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RelayAccepted. */
        type $Shape = meshd.RelayAccepted.$Properties;
    }
}
