package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// ticksPerSecond is the unit of CPU times in proc(5).
const ticksPerSecond = 100

// cpuSeconds is what all threads of a process used so far: fields 14 and 15 of its stat (proc(5)).
func cpuSeconds(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not as expected", pid)
	}
	user, userErr := strconv.ParseInt(fields[11], 10, 64)
	system, systemErr := strconv.ParseInt(fields[12], 10, 64)
	if userErr != nil || systemErr != nil {
		return 0, fmt.Errorf("/proc/%d/stat is not as expected", pid)
	}
	return float64(user+system) / ticksPerSecond, nil
}

func quantileMs(delays []uint32, q float64) float64 {
	if len(delays) == 0 {
		return 0
	}
	slices.Sort(delays)
	rank := min(len(delays)-1, int(math.Floor(float64(len(delays))*q)))
	return float64(delays[rank]) / 1000
}
