// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
)

// key names a pod, or without a namespace a node.
type key = types.NamespacedName

// point is what a kubelet said of a node or container at one moment.
type point struct {
	// When the counter began at zero; the zero time where the kubelet does not tell.
	start, at time.Time
	// Since the start, in nanoseconds of one core; and the working set in bytes.
	cpu, memory float64
}

// batch has points by node or pod, then by container; a node is one container without a name.
type batch map[key]map[string]point

// readBatch reads a kubelet's text. It drops what is not whole: a node or container without one of its two numbers,
// and the pod with it.
func readBatch(text io.Reader, node string, asked time.Time) (batch, error) {
	families, err := new(expfmt.TextParser).TextToMetricFamilies(text)
	if err != nil {
		return nil, fmt.Errorf("failed parsing metrics: %v", err)
	}
	read := batch{}
	for name, family := range families {
		for _, sample := range family.Metric {
			owner, container := owner(sample, node)
			found, at := read[owner][container], asked
			if sample.TimestampMs != nil {
				at = time.Unix(0, *sample.TimestampMs*int64(time.Millisecond))
			}
			// One of the three: of whatever type the kubelet declared it.
			value := sample.GetCounter().GetValue() + sample.GetGauge().GetValue() + sample.GetUntyped().GetValue()
			switch name {
			case "node_cpu_usage_seconds_total", "container_cpu_usage_seconds_total":
				found.cpu, found.at = value*1e9, at
			case "node_memory_working_set_bytes", "container_memory_working_set_bytes":
				found.memory, found.at = value, at
			case "container_start_time_seconds", "container_start_time_seconds_total":
				found.start = time.Unix(0, int64(value*1e9))
			default:
				continue
			}
			if read[owner] == nil {
				read[owner] = map[string]point{}
			}
			read[owner][container] = found
		}
	}
	for owner, containers := range read {
		for _, point := range containers {
			if point.at.IsZero() || point.cpu <= 0 || point.memory <= 0 {
				delete(read, owner)
			}
		}
	}
	return read, nil
}

func owner(sample *dto.Metric, node string) (owner key, container string) {
	owner.Name = node
	for _, label := range sample.Label {
		switch label.GetName() {
		case "namespace":
			owner.Namespace = label.GetValue()
		case "pod":
			owner.Name = label.GetValue()
		case "container":
			container = label.GetValue()
		}
	}
	return owner, container
}

// usage is the average since an earlier point; nil when the counters went backwards.
func (p point) usage(earlier point) (corev1.ResourceList, time.Duration) {
	window := p.at.Sub(earlier.at)
	if window <= 0 || p.start.Before(earlier.start) || p.cpu < earlier.cpu {
		return nil, 0
	}
	return resources((p.cpu-earlier.cpu)/window.Seconds(), p.memory), window
}

// resources has nanocores and bytes as Kubernetes writes them.
func resources(nanocores, bytes float64) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewScaledQuantity(int64(nanocores), resource.Nano),
		corev1.ResourceMemory: *resource.NewQuantity(int64(bytes), resource.BinarySI),
	}
}
