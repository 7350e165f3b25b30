package dev.secateur.actors.cli;

import ai.djl.Device;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.memory.LeastNeed;
import dev.secateur.natives.RememberedNatives;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TextRef;
import dev.secateur.source.LocalFiles;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.SelfTest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Options of every command that computes or reads the work folder. */
final class NodeOptions {
  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Work folder for artifacts, journal and runs (default: ~/.secateur).")
  private String work;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings that override application.conf.")
  private Path config;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda:N or auto (default: auto).")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads of the native library per device (default: 1; results depend on it in"
              + " their last digits).")
  private Integer threads;

  /** The same options for another process, but for the device. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    Optional.ofNullable(work).ifPresent(value -> arguments.addAll(List.of("--work", value)));
    Optional.ofNullable(config)
        .ifPresent(value -> arguments.addAll(List.of("--config", value.toString())));
    Optional.ofNullable(threads)
        .ifPresent(value -> arguments.addAll(List.of("--threads", value.toString())));
    return arguments;
  }

  NodeSettings settings() {
    Map<String, Object> overrides = new HashMap<>();
    if (work != null) {
      overrides.put("secateur.work", work);
    }
    if (threads != null) {
      overrides.put("secateur.worker.threads", threads);
    }
    if (device != null) {
      overrides.put("secateur.worker.device", device);
    }
    return NodeSettings.load(Optional.ofNullable(config)).with(overrides);
  }

  /** The natives that commands of this work folder use. */
  RememberedNatives natives() {
    return new RememberedNatives(WorkFolder.path(settings().work()));
  }

  /** The device asked for, once the natives have passed their test on it. */
  Device testedDevice() {
    Device device = device();
    SelfTest.run(device);
    return device;
  }

  private Device device() {
    NodeSettings settings = settings();
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(settings.workerThreads()));
    return settings.device().equals("cpu") ? Device.cpu() : Devices.named(settings.device());
  }

  /**
   * Checks that the device has memory for some work, before anything is loaded.
   *
   * @param what is to be done, as a sentence begins
   * @param less what would need less
   * @throws dev.secateur.tensor.DeviceMemoryException with the figures, where it has too little
   */
  void checkMemory(String what, LeastNeed need, String less) {
    need.check(what, deviceName(), memory(1), less);
  }

  /**
   * Checks that each of so many workers has memory for each stage.
   *
   * @throws dev.secateur.tensor.DeviceMemoryException naming the stage that needs most
   */
  void checkMemory(SweepPlan plan, int workers) {
    Stage largest =
        Collections.max(plan.stages(), Comparator.comparingLong(stage -> stage.memory().bytes()));
    long memory = memory(workers);
    if (memory > 0 && largest.memory().bytes() > memory) {
      throw DeviceMemoryException.tooSmall(
          ("%s of model %s needs %d MiB of device memory, by its sizes or the sweep's"
                  + " 'memory', but each of %d workers on %s has %d MiB; use fewer --workers, shorter"
                  + " or fewer samples, a smaller micro-batch or another device"
                  + " (secateur.worker.device-memory says how much may be used)")
              .formatted(
                  largest.kind().label(),
                  largest.spec().model().name(),
                  largest.memory().bytes() >> 20,
                  workers,
                  deviceName(),
                  memory >> 20));
    }
  }

  /** Bytes of the device for each of so many workers; the natives are asked where nobody says. */
  private long memory(int workers) {
    Allowance allowance = settings().allowance(workers);
    return allowance.most() > 0 ? allowance.most() : allowance.memory(device());
  }

  private String deviceName() {
    String asked = settings().device();
    return asked.equals("auto") ? "the device" : asked;
  }

  /** The folder of a checkpoint: a folder, one of the hub, or the demo model. */
  Path checkpoint(String name, PrintWriter talk) {
    return files(talk).model(name);
  }

  /** The folder of an adapter, where one is named. */
  Optional<Path> adapter(String name, PrintWriter talk) {
    return Optional.ofNullable(name).map(given -> files(talk).adapter(given));
  }

  /** A text of this machine, downloaded where it is of the hub. */
  String text(String name, PrintWriter talk) {
    return name.equals(TextRef.WORDNET) ? name : files(talk).text(name).toString();
  }

  /** Prints progress in lines. */
  static Consumer<String> lines(PrintWriter talk) {
    return line -> {
      talk.println(line);
      talk.flush();
    };
  }

  /** Resolves names of files here; downloads report progress. */
  LocalFiles files(PrintWriter talk) {
    return new LocalFiles(new Downloads(talk), work(settings()).models());
  }

  WorkFolder work(NodeSettings settings) {
    return WorkFolder.open(settings.work());
  }
}
