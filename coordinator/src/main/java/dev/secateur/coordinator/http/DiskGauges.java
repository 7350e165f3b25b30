package dev.secateur.coordinator.http;

import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.WorkerSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;

/** Gauges of used and free disk space, of this node and of the workers. */
final class DiskGauges {
  private final MultiGauge used;
  private final MultiGauge free;
  private final MultiGauge workers;

  DiskGauges(MeterRegistry registry) {
    used = gauge(registry, "secateur.disk.used", "Space used by a place on this node");
    free = gauge(registry, "secateur.disk.free", "Free space on the disk of a place");
    workers = gauge(registry, "secateur.worker.disk.free", "Free space on a worker's disk");
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).baseUnit("bytes").register(registry);
  }

  void set(List<WorkerSummary> all, List<DiskUse> places) {
    List<MultiGauge.Row<?>> taken = new ArrayList<>();
    places.forEach(place -> taken.add(row("place", place.place(), place.used())));
    used.register(taken, true);
    List<MultiGauge.Row<?>> left = new ArrayList<>();
    places.forEach(
        place -> place.left().ifPresent(bytes -> left.add(row("place", place.place(), bytes))));
    free.register(left, true);
    List<MultiGauge.Row<?>> rooms = new ArrayList<>();
    all.forEach(
        worker ->
            worker
                .capabilities()
                .disk()
                .room()
                .map(DiskRoom::free)
                .ifPresent(bytes -> rooms.add(row("worker", worker.name(), bytes))));
    workers.register(rooms, true);
  }

  private static MultiGauge.Row<Number> row(String tag, String value, Number number) {
    return MultiGauge.Row.of(Tags.of(tag, value), number);
  }
}
