// Load for a DERP relay: pairs of clients, one sending to the other, as fast as a window lets them or at a given rate. The clients are
// those of tailscaled (tailscale.com/derp/derphttp): one frame, one flush and one TLS record a packet.
//
// Prints one line of JSON, as all load programs do.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net/netip"
	"os"
	"time"
)

type options struct {
	relay   netip.AddrPort
	tls     bool
	pairs   int
	bytes   int
	window  int64
	rate    float64
	warmup  float64
	seconds float64
	pid     int
}

type result struct {
	Sent            int64   `json:"sent"`
	Received        int64   `json:"received"`
	Seconds         float64 `json:"seconds"`
	RelayCPUSeconds float64 `json:"relayCpuSeconds"`
	P50Ms           float64 `json:"p50Ms"`
	P99Ms           float64 `json:"p99Ms"`
	DueP99Ms        float64 `json:"dueP99Ms"`
	LateP99Ms       float64 `json:"lateP99Ms"`
}

func main() {
	log.SetFlags(0)
	chosen := parseFlags()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	pairs, err := connectPairs(ctx, chosen)
	cancel()
	if err != nil {
		log.Fatalf("connecting to the relay: %v", err)
	}
	measured, err := measure(pairs, chosen)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
		log.Fatal(err)
	}
}

func parseFlags() options {
	var chosen options
	flag.TextVar(&chosen.relay, "relay", netip.AddrPort{}, "address of the relay")
	flag.BoolVar(&chosen.tls, "tls", true, "over TLS, whatever certificate the relay shows")
	flag.IntVar(&chosen.pairs, "pairs", 1, "pairs of clients")
	flag.IntVar(&chosen.bytes, "bytes", 1200, "bytes of a packet, without the relay's header")
	flag.Int64Var(&chosen.window, "window", 32, "packets of a pair on their way at once, without --rate")
	flag.Float64Var(&chosen.rate, "rate", 0, "packets a second of all pairs together")
	flag.Float64Var(&chosen.warmup, "warmup", 0.5, "seconds before the measurement begins")
	flag.Float64Var(&chosen.seconds, "seconds", 2, "of the measurement")
	flag.IntVar(&chosen.pid, "pid", os.Getpid(), "process of the relay, whose CPU time is told")
	flag.Parse()
	return chosen
}

// measure lets all pairs send and counts what happens between two moments.
func measure(pairs []*pair, chosen options) (result, error) {
	for index, pair := range pairs {
		go pair.receive()
		if chosen.rate > 0 {
			interval := duration(float64(chosen.pairs) / chosen.rate)
			go pair.sendPaced(interval, interval*time.Duration(index)/time.Duration(chosen.pairs))
		} else {
			go pair.sendWindowed(chosen.window)
		}
	}
	time.Sleep(duration(chosen.warmup))
	before, err := cpuSeconds(chosen.pid)
	if err != nil {
		return result{}, err
	}
	sentBefore, receivedBefore := totals(pairs)
	began := time.Now()
	recording.Store(true)
	time.Sleep(duration(chosen.seconds))
	recording.Store(false)
	elapsed := time.Since(began).Seconds()
	sent, received := totals(pairs)
	after, err := cpuSeconds(chosen.pid)
	if err != nil {
		return result{}, err
	}
	delays := collect(pairs, func(p *pair) []uint32 { return p.delays })
	dueDelays := collect(pairs, func(p *pair) []uint32 { return p.dueDelays })
	lateness := collect(pairs, func(p *pair) []uint32 { return p.lateness })
	return result{
		Sent:            sent - sentBefore,
		Received:        received - receivedBefore,
		Seconds:         elapsed,
		RelayCPUSeconds: after - before,
		P50Ms:           quantileMs(delays, 0.5),
		P99Ms:           quantileMs(delays, 0.99),
		DueP99Ms:        quantileMs(dueDelays, 0.99),
		LateP99Ms:       quantileMs(lateness, 0.99),
	}, nil
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
