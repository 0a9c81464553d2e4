// SPDX-License-Identifier: Apache-2.0

package main

import (
	"sort"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics"
)

// shortestFreshWindow: below it, the rate of a container that just began is too rough.
const shortestFreshWindow = 10 * time.Second

// store keeps the last two points of everything: a rate needs both.
//
// As upstream: a new point pushes the last one back only when it is newer; a container that began within one
// resolution, but at least 10 s ago, is measured from its start.
type store struct {
	mutex          sync.Mutex
	resolution     time.Duration
	last, previous batch
}

// has tells whether there is a rate of any node, and of any pod.
func (s *store) has() (nodes, pods bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for owner := range s.previous {
		nodes, pods = nodes || owner.Namespace == "", pods || owner.Namespace != ""
	}
	return nodes, pods
}

func (s *store) put(new batch) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	previous := batch{}
	for owner, containers := range new {
		found := map[string]point{}
		for name, one := range containers {
			last, before := s.last[owner][name], s.previous[owner][name]
			age := one.at.Sub(one.start)
			switch {
			case age < s.resolution && age >= shortestFreshWindow:
				found[name] = point{start: one.start, at: one.start}
			case last.at.IsZero() || !one.start.Before(last.at): // new, or started again since
			case one.at.After(last.at):
				found[name] = last
			case !before.at.IsZero() && before.at.Before(one.at):
				found[name] = before
			}
		}
		if len(found) > 0 {
			previous[owner] = found
		}
	}
	s.last, s.previous = new, previous
}

// measured has all containers of a pod, or a node as one; nil when one has no rate yet.
func (s *store) measured(object metav1.Object) *metrics.PodMetrics {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	owner := key{Namespace: object.GetNamespace(), Name: object.GetName()}
	found := &metrics.PodMetrics{ObjectMeta: metav1.ObjectMeta{Namespace: owner.Namespace, Name: owner.Name,
		Labels: object.GetLabels(), CreationTimestamp: metav1.Now()}}
	for name, last := range s.last[owner] {
		before, hasTwo := s.previous[owner][name]
		if !hasTwo {
			return nil
		}
		usage, window := last.usage(before)
		if usage == nil {
			continue
		}
		if found.Containers == nil || last.at.Before(found.Timestamp.Time) {
			found.Timestamp, found.Window = metav1.NewTime(last.at), metav1.Duration{Duration: window}
		}
		found.Containers = append(found.Containers, metrics.ContainerMetrics{Name: name, Usage: usage})
	}
	if found.Containers == nil {
		return nil
	}
	sort.Slice(found.Containers, func(i, j int) bool { return found.Containers[i].Name < found.Containers[j].Name })
	return found
}
