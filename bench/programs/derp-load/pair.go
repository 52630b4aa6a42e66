package main

import (
	"context"
	"encoding/binary"
	"log"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tailscale.com/derp"
	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// giveUpAfter is how long a sender waits for any of its window to arrive before it counts all of it as lost.
const giveUpAfter = 20 * time.Millisecond

// maxLateness is as far back as what was missed is made up for. Everything until then is: a generator that forgave itself its own delays
// would measure nothing while there are any (coordinated omission).
const maxLateness = 200 * time.Millisecond

// The packet begins with when it was due and when it left.
const stampBytes = 8

// recording says whether delays are kept.
var recording atomic.Bool

var clockStart = time.Now()

// pair is one client that sends to another.
type pair struct {
	from, to *derphttp.Client
	toKey    key.NodePublic
	packet   []byte
	sent     atomic.Int64
	received atomic.Int64
	progress chan struct{}
	mu       sync.Mutex
	// In microseconds: from the send on, from when the packet was due, and how late sends were.
	delays, dueDelays, lateness []uint32
}

func connectPairs(ctx context.Context, chosen options) ([]*pair, error) {
	pairs := make([]*pair, chosen.pairs)
	for index := range pairs {
		from, _, err := connect(ctx, chosen)
		if err != nil {
			return nil, err
		}
		to, toKey, err := connect(ctx, chosen)
		if err != nil {
			return nil, err
		}
		pairs[index] = &pair{
			from: from, to: to, toKey: toKey,
			packet:   make([]byte, max(chosen.bytes, 2*stampBytes)),
			progress: make(chan struct{}, 1),
		}
	}
	return pairs, nil
}

func connect(ctx context.Context, chosen options) (*derphttp.Client, key.NodePublic, error) {
	quiet := func(string, ...any) {}
	private := key.NewNode()
	client, err := newClient(private, chosen.relay, chosen.tls, quiet)
	if err != nil {
		return nil, key.NodePublic{}, err
	}
	if err := client.Connect(ctx); err != nil {
		return nil, key.NodePublic{}, err
	}
	return client, private.Public(), nil
}

func newClient(private key.NodePrivate, relay netip.AddrPort, tls bool, logf func(string, ...any)) (*derphttp.Client, error) {
	monitor := netmon.NewStatic()
	if !tls {
		return derphttp.NewClient(private, "http://"+relay.String()+"/derp", logf, monitor)
	}
	region := &tailcfg.DERPRegion{
		RegionID: 900,
		Nodes: []*tailcfg.DERPNode{{
			Name: "900", RegionID: 900,
			HostName: relay.Addr().String(), IPv4: relay.Addr().String(), IPv6: "none",
			DERPPort: int(relay.Port()), InsecureForTests: true,
		}},
	}
	return derphttp.NewRegionClient(private, logf, monitor, func() *tailcfg.DERPRegion { return region }), nil
}

// send stamps the packet and hands it to the relay.
func (p *pair) send(due time.Time) {
	now := time.Now()
	binary.BigEndian.PutUint64(p.packet, uint64(due.Sub(clockStart)))
	binary.BigEndian.PutUint64(p.packet[stampBytes:], uint64(now.Sub(clockStart)))
	if recording.Load() {
		p.mu.Lock()
		p.lateness = append(p.lateness, uint32(now.Sub(due).Microseconds()))
		p.mu.Unlock()
	}
	if err := p.from.Send(p.toKey, p.packet); err != nil {
		log.Fatalf("sending: %v", err)
	}
	p.sent.Add(1)
}

// sendWindowed keeps `window` packets on their way.
func (p *pair) sendWindowed(window int64) {
	var lost int64
	timer := time.NewTimer(giveUpAfter)
	for {
		if p.sent.Load()-p.received.Load()-lost < window {
			p.send(time.Now())
			continue
		}
		timer.Reset(giveUpAfter)
		select {
		case <-p.progress:
		case <-timer.C:
			lost = p.sent.Load() - p.received.Load()
		}
	}
}

// sendPaced sends one packet an interval; what fell due while it slept leaves at once.
func (p *pair) sendPaced(interval, offset time.Duration) {
	next := time.Now().Add(offset)
	for {
		time.Sleep(time.Until(next))
		if earliest := time.Now().Add(-maxLateness); next.Before(earliest) {
			next = earliest
		}
		for !time.Now().Before(next) {
			p.send(next)
			next = next.Add(interval)
		}
	}
}

func (p *pair) receive() {
	for {
		message, err := p.to.Recv()
		if err != nil {
			log.Fatalf("receiving: %v", err)
		}
		packet, ok := message.(derp.ReceivedPacket)
		if !ok {
			continue
		}
		p.received.Add(1)
		select {
		case p.progress <- struct{}{}:
		default:
		}
		if recording.Load() {
			now := time.Since(clockStart)
			due := time.Duration(binary.BigEndian.Uint64(packet.Data))
			left := time.Duration(binary.BigEndian.Uint64(packet.Data[stampBytes:]))
			p.mu.Lock()
			p.delays = append(p.delays, uint32((now - left).Microseconds()))
			p.dueDelays = append(p.dueDelays, uint32((now - due).Microseconds()))
			p.mu.Unlock()
		}
	}
}

func totals(pairs []*pair) (sent, received int64) {
	for _, pair := range pairs {
		sent += pair.sent.Load()
		received += pair.received.Load()
	}
	return sent, received
}

func collect(pairs []*pair, kept func(*pair) []uint32) []uint32 {
	var all []uint32
	for _, pair := range pairs {
		pair.mu.Lock()
		all = append(all, kept(pair)...)
		pair.mu.Unlock()
	}
	return all
}
