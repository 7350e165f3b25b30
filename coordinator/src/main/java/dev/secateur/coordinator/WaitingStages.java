package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.DiskNeeds;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Stage;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Stages that will wait for ever without an intervention; each is reported once while it waits. */
final class WaitingStages {
  private final CodeVersion version;
  private final Consumer<String> warn;
  private final Map<String, Object> told = new HashMap<>();

  /**
   * @param version of the coordinator
   * @param warn is given a line
   */
  WaitingStages(CodeVersion version, Consumer<String> warn) {
    this.version = version;
    this.warn = warn;
  }

  /**
   * @param workers all that were heard of lately, with what they bring along
   */
  void look(CoordinatorState state, List<Assignments.Candidate> workers) {
    once("memory", Assignments.tooLarge(state, workers), stage -> tooLarge(stage, workers));
    once("device", Assignments.withoutDevice(state, workers), stage -> ofDevice(stage, workers));
    once("disk", Assignments.withoutRoom(state, workers), stage -> withoutRoom(stage, workers));
    once(
        "version",
        Assignments.ofOtherVersion(state, workers).map(SweepState::submission),
        sweep -> ofOtherVersion(sweep.sweep().value(), sweep.plan().codeVersion(), workers));
  }

  private <T> void once(String kind, Optional<T> waits, Function<T, String> text) {
    if (waits.isPresent() && !waits.get().equals(told.get(kind))) {
      warn.accept(text.apply(waits.get()));
    }
    told.put(kind, waits.orElse(null));
  }

  private static String tooLarge(Stage stage, List<Assignments.Candidate> workers) {
    Assignments.Candidate largest =
        Collections.max(
            workers, Comparator.comparingLong(worker -> worker.capabilities().memory()));
    return stage.kind().label()
        + " "
        + stage.key().brief()
        + " waits: no worker has the "
        + (stage.memory().bytes() >> 20)
        + " MiB of memory that it needs (by its sweep's 'memory."
        + stage.kind().label()
        + "', otherwise by its model's sizes); "
        + largest.id().name()
        + " on "
        + largest.capabilities().device()
        + " has the most, "
        + (largest.capabilities().memory() >> 20)
        + " MiB (start a worker with more memory, or plan smaller samples or micro-batches)";
  }

  private static String ofDevice(Stage stage, List<Assignments.Candidate> workers) {
    String there =
        workers.stream()
            .map(Assignments.Candidate::capabilities)
            .map(WaitingStages::device)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return stage.kind().label()
        + " "
        + stage.key().brief()
        + " waits: no worker computes on '"
        + stage.spec().device().orElseThrow()
        + "', its sweep's 'timing.device'; there are "
        + there
        + " (start a worker on such a device, or submit the sweep with another device)";
  }

  private static String device(Capabilities worker) {
    return worker.deviceName().isKnown()
        ? worker.device() + " (" + worker.deviceName().value() + ")"
        : worker.device();
  }

  private static String withoutRoom(Stage stage, List<Assignments.Candidate> workers) {
    List<Assignments.Candidate> able =
        workers.stream().filter(one -> Assignments.hasMemory(one.capabilities(), stage)).toList();
    Assignments.Candidate most =
        Collections.max(able, Comparator.comparingLong(WaitingStages::room));
    return stage.kind().label()
        + " "
        + stage.key().brief()
        + " waits: no worker has room on its disk for the "
        + (DiskNeeds.asToldBy(workers).of(stage.spec()) >> 20)
        + " MiB that it may write; "
        + most.id().name()
        + " has the most, "
        + (room(most) >> 20)
        + " MiB in addition to its reserve (free some there: secateur gc, or"
        + " secateur.worker.cache)";
  }

  private static long room(Assignments.Candidate worker) {
    return worker
        .capabilities()
        .disk()
        .room()
        .map(room -> Math.max(0, room.free() - room.reserve()))
        .orElse(Long.MAX_VALUE);
  }

  private String ofOtherVersion(
      String sweep, CodeVersion planned, List<Assignments.Candidate> workers) {
    String waits = "sweep " + sweep + " waits: it is planned for code version " + planned;
    if (version.isBefore(planned)) {
      return waits + ", but this coordinator has version " + version + "; upgrade it";
    }
    String versions =
        workers.stream()
            .map(Assignments.Candidate::capabilities)
            .map(Capabilities::codeVersion)
            .map(CodeVersion::toString)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return waits + ", but all workers have other versions (" + versions + "); upgrade them";
  }
}
