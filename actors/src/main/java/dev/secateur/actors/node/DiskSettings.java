package dev.secateur.actors.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import dev.secateur.artifact.CacheLimit;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.protocol.InputException;
import dev.secateur.stage.StageRoom;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The settings of a node for its disks. */
record DiskSettings(NodeSettings settings) {
  private static final String RESERVE = "secateur.worker.disk-reserve";
  private static final String CACHE = "secateur.worker.cache";
  private static final String RETENTION = "secateur.retention.";
  private static final String OFF = "off";
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private Config config() {
    return settings.config();
  }

  /** What a worker looks at before it requests work; nothing where it is a command's own. */
  StageRoom room(WorkFolder work, Node.Launch launch) {
    if (launch.isAlone()) {
      return StageRoom.unlimited();
    }
    Set<Path> folders = new LinkedHashSet<>();
    folders.add(work.root());
    folders.add(settings.artifacts(work));
    return new StageRoom(List.copyOf(folders), reserve());
  }

  /** Bytes that stay free. */
  long reserve() {
    try {
      return config().getBytes(RESERVE);
    } catch (ConfigException e) {
      throw new InputException(
          RESERVE + " is '" + config().getString(RESERVE) + "'; it must be a size such as 1GiB", e);
    }
  }

  /**
   * What a worker keeps of artifacts that the coordinator has too; everything where nodes share a
   * folder, or the coordinator is in this process.
   */
  Optional<CacheLimit.Most> cache(Node.Launch launch) {
    String text = config().getString(CACHE).strip();
    if (text.equals(OFF) || launch.coordinates() || settings.sharedArtifacts().isPresent()) {
      return Optional.empty();
    }
    if (text.matches("\\d{1,2}%|100%")) {
      return Optional.of(CacheLimit.Most.percent(Integer.parseInt(text.replace("%", ""))));
    }
    try {
      return Optional.of(CacheLimit.Most.bytes(config().getBytes(CACHE)));
    } catch (ConfigException e) {
      throw new InputException(
          CACHE
              + " is '"
              + text
              + "'; it must be off, a size such as 200GiB, or a share such as 20%",
          e);
    }
  }

  /**
   * @throws InputException when a setting can't be understood
   */
  void check(Node.Launch launch) {
    reserve();
    cache(launch);
    retention();
    every();
  }

  /** How long the active coordinator keeps what nobody needs. */
  Retention retention() {
    Map<Disposable, Duration> limits = new EnumMap<>(Disposable.class);
    kept("sweeps").ifPresent(limit -> limits.put(Disposable.SWEEPS, limit));
    kept("artifacts").ifPresent(limit -> limits.put(Disposable.ARTIFACTS, limit));
    kept("logs").ifPresent(limit -> limits.put(Disposable.LOGS, limit));
    return new Retention(limits);
  }

  /** How often it looks. */
  Duration every() {
    String key = RETENTION + "every";
    try {
      Duration every = config().getDuration(key);
      if (every.compareTo(SHORTEST) >= 0) {
        return every;
      }
    } catch (ConfigException e) {
      // told below, as what is too short is
    }
    throw new InputException(
        key
            + " is '"
            + config().getString(key)
            + "'; it must be a time of a second or more, such as 1h");
  }

  private Optional<Duration> kept(String what) {
    String key = RETENTION + what;
    if (config().getString(key).equals(OFF)) {
      return Optional.empty();
    }
    try {
      return Optional.of(config().getDuration(key));
    } catch (ConfigException e) {
      throw new InputException(
          key + " is '" + config().getString(key) + "'; it must be off, or a time such as 30d", e);
    }
  }
}
