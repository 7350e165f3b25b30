package dev.secateur.actors.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValueType;
import dev.secateur.actors.events.EventLog;
import dev.secateur.artifact.ArtifactPlacement;
import dev.secateur.artifact.ArtifactPlacement.Place;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.coordinator.Coordinator;
import dev.secateur.coordinator.config.ConfigurationText;
import dev.secateur.coordinator.http.AllowedHosts;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The settings of a node: {@code application.conf}, a file that takes precedence over it, and
 * options of the command line.
 */
public record NodeSettings(Config config) {
  private static final String RESOLVER = "akka.cluster.split-brain-resolver";

  /** The key of {@link #weights}. */
  public static final String WEIGHTS = "secateur.worker.weights";

  /** The key of what all workers of a host may use of its memory. */
  public static final String HOST_MEMORY = "secateur.worker.host-memory";

  /** The key of how many workers of a host compute on the same device; set by their parent. */
  public static final String SHARERS = "secateur.worker.sharers";

  private static final String DEVICE_MEMORY = "secateur.worker.device-memory";
  private static final String EXPORT_STORE = "secateur.export.store";
  private static final String EXPORT_LARGE = "secateur.export.large";
  private static final String AUTO = "auto";

  private static final Duration LEAST_LEASE = Duration.ofSeconds(3);

  /** What makes a node that only works leave it to coordinators who is lost. */
  static final Map<String, Object> SUSPECTS_NOBODY =
      Map.of(
          "akka.cluster.failure-detector.acceptable-heartbeat-pause",
          Duration.ofDays(36_500),
          "akka.cluster.monitored-by-nr-of-members",
          1);

  /**
   * @param file given with {@code --config}
   * @throws InputException when there is no such file or it can't be understood
   */
  public static NodeSettings load(Optional<Path> file) {
    Config own = file.map(NodeSettings::parse).orElse(ConfigFactory.empty());
    if (own.hasPath(RESOLVER)) {
      throw new InputException(
          file.orElseThrow()
              + ": "
              + RESOLVER
              + " has no effect: the coordinator that holds the journal removes nodes; set"
              + " secateur.cluster.stable-after");
    }
    try {
      return new NodeSettings(
          ConfigFactory.defaultOverrides()
              .withFallback(own)
              .withFallback(ConfigFactory.parseResources("application.conf"))
              .withFallback(ConfigFactory.defaultReferenceUnresolved())
              .resolve());
    } catch (com.typesafe.config.ConfigException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  private static Config parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": no such file");
    }
    ConfigurationText.check(ConfigurationText.read(file), file.toString());
    try {
      return ConfigFactory.parseFile(
          file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (com.typesafe.config.ConfigException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  /** These settings with some keys replaced. */
  public NodeSettings with(Map<String, ?> overrides) {
    return new NodeSettings(ConfigFactory.parseMap(overrides).withFallback(config));
  }

  /** How long the right to write the journal lasts from when it was renewed. */
  Duration journalLease() {
    return atLeast("secateur.journal.lease", LEAST_LEASE);
  }

  /** How long a node is out of the coordinator's reach before it is removed. */
  Duration stableAfter() {
    return config.getDuration("secateur.cluster.stable-after");
  }

  /** How long a worker's node waits without any coordinator before it joins again. */
  Duration clusterPatience() {
    return config.getDuration("secateur.cluster.patience");
  }

  private Duration atLeast(String key, Duration least) {
    Duration value = config.getDuration(key);
    if (value.compareTo(least) < 0) {
      throw new InputException(
          key + " is " + value.toMillis() + " ms; it must be at least " + least.toSeconds() + " s");
    }
    return value;
  }

  /** How long a node tries to join a cluster before it ends. */
  public Duration joinTimeout() {
    return config.getDuration("akka.cluster.shutdown-after-unsuccessful-join-seed-nodes");
  }

  /** The address that the node is known by. */
  public String host() {
    return config.getString("akka.remote.artery.canonical.hostname");
  }

  public String work() {
    return config.getString("secateur.work");
  }

  public String device() {
    return config.getString("secateur.worker.device");
  }

  public int workerThreads() {
    return config.getInt("secateur.worker.threads");
  }

  /**
   * Where the weights of models lie.
   *
   * @throws InputException when it is no such place
   */
  public WeightPlacement weights() {
    String named = config.getString(WEIGHTS);
    List<WeightPlacement> all = List.of(WeightPlacement.values());
    return all.stream()
        .filter(placement -> placement.label().equals(named))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    WEIGHTS
                        + " is '"
                        + named
                        + "', not one of "
                        + String.join(", ", all.stream().map(WeightPlacement::label).toList())));
  }

  /** What the workers of this host may use of its memory. */
  public HostBudget hostBudget() {
    OptionalLong said = bytes(HOST_MEMORY);
    return said.isPresent() ? new HostBudget(said.getAsLong()) : HostBudget.whole();
  }

  /**
   * What each worker of this process may use, and where weights are kept.
   *
   * @param workers how many there are, all on the same device
   * @throws InputException when a setting can't be understood, or memory does not suffice for that
   *     many
   */
  public Allowance allowance(int workers) {
    int sharers = config.hasPath(SHARERS) ? config.getInt(SHARERS) : 1;
    return new Allowance(
        weights(),
        bytes(DEVICE_MEMORY).orElse(0),
        hostBudget().share(workers),
        sharers * Math.max(1, workers));
  }

  /** A size; nothing where it is left to the node. */
  private OptionalLong bytes(String key) {
    if (config.getString(key).equals(AUTO)) {
      return OptionalLong.empty();
    }
    try {
      long bytes = config.getBytes(key);
      if (bytes > 0) {
        return OptionalLong.of(bytes);
      }
    } catch (com.typesafe.config.ConfigException e) {
      // said below
    }
    throw new InputException(
        key + " is '" + config.getString(key) + "'; it must be auto, or a size such as 12GiB");
  }

  /** The journal's JDBC address for a work folder. */
  public String journalUrl(WorkFolder work) {
    return config.getString("secateur.journal.url").replace("{work}", work.root().toString());
  }

  public String journalUser() {
    return config.getString("secateur.journal.user");
  }

  public String journalPassword() {
    return config.getString("secateur.journal.password");
  }

  /** The node's certificates, where it has any. */
  Optional<Tls> tls() {
    String folder = config.getString("secateur.tls.folder");
    return folder.isEmpty() ? Optional.empty() : Optional.of(Tls.of(Path.of(folder), host()));
  }

  /** Whether the node may be open to the network without protection. */
  boolean isInsecure() {
    return config.getBoolean("secateur.insecure");
  }

  /** The folders that sweeps submitted over the API may name files in; any where there are none. */
  List<Path> roots() {
    return list("secateur.http.roots").stream().map(Path::of).toList();
  }

  /** A list, or a text with commas as variables of the environment hold it. */
  private List<String> list(String key) {
    if (config.getValue(key).valueType() != ConfigValueType.STRING) {
      return config.getStringList(key);
    }
    return Arrays.stream(config.getString(key).split(","))
        .map(String::strip)
        .filter(element -> !element.isEmpty())
        .toList();
  }

  /** What this node is called in the addresses of its API. */
  AllowedHosts allowedHosts() {
    List<String> names = new ArrayList<>(http().hosts());
    names.add(http().host());
    names.add(host());
    return AllowedHosts.of(names);
  }

  HttpSettings http() {
    Config http = config.getConfig("secateur.http");
    return new HttpSettings(
        http.getString("host"),
        http.getInt("port"),
        list("secateur.http.hosts"),
        http.getDuration("timeout"),
        http.getBytes("most-bytes"));
  }

  /** The file of the tokens that the API accepts; everybody may use it where there is none. */
  Optional<Path> tokens() {
    String file = config.getString("secateur.http.tokens");
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  /** Where artifacts are: a folder that all nodes share, or the node's own. */
  public Path artifacts(WorkFolder work) {
    return sharedArtifacts().orElse(work.artifacts());
  }

  /** The folder that all nodes share, where there is one. */
  Optional<Path> sharedArtifacts() {
    String shared = config.getString("secateur.artifacts.shared");
    return shared.isEmpty() ? Optional.empty() : Optional.of(Path.of(shared).toAbsolutePath());
  }

  /** The largest artifact that the coordinator's store takes. */
  long mostArtifactBytes() {
    return config.getBytes("secateur.artifacts.most-bytes");
  }

  /**
   * Which artifacts stay with the worker that makes them.
   *
   * @throws InputException when it is no such place, or there is no folder to share
   */
  ArtifactPlacement placement() {
    String named = config.getString(EXPORT_STORE);
    List<Place> all = List.of(Place.values());
    Place place =
        all.stream()
            .filter(one -> one.label().equals(named))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        EXPORT_STORE
                            + " is '"
                            + named
                            + "', not one of "
                            + String.join(", ", all.stream().map(Place::label).toList())));
    if (place == Place.SHARED && sharedArtifacts().isEmpty()) {
      throw new InputException(
          EXPORT_STORE + " is shared, but secateur.artifacts.shared names no folder");
    }
    return new ArtifactPlacement(
        place, bytes(EXPORT_LARGE).orElse(ArtifactPlacement.USUAL.large()));
  }

  /** How long workers wait for a store that does not answer. */
  StageArtifacts.Patience patience() {
    Config artifacts = config.getConfig("secateur.artifacts");
    return new StageArtifacts.Patience(
        artifacts.getDuration("patience"), artifacts.getDuration("retry"));
  }

  /**
   * Where the workers of a coordinator exchange artifacts: in its store, unless nodes share a
   * folder or a command has the cluster to itself.
   */
  ArtifactExchange exchange(Node.Launch launch) {
    if (!launch.coordinates() || launch.isAlone() || sharedArtifacts().isPresent()) {
      return new ArtifactExchange.SharedFolder();
    }
    HttpSettings http = http();
    boolean anywhere = http.host().equals("0.0.0.0") || http.host().equals("::");
    String scheme = config.getString("secateur.tls.folder").isEmpty() ? "http" : "https";
    return new StoreAccess(
        scheme + "://" + (anywhere ? host() : http.host()) + ":" + http.port(),
        launch.pass().value());
  }

  /** How the node's own event log is rotated. */
  public EventLog.Rotation rotation() {
    Config log = config.getConfig("secateur.event-log");
    return new EventLog.Rotation(log.getBytes("most-bytes"), log.getInt("files"));
  }

  /** What is kept on disks, and how much of it. */
  DiskSettings disk() {
    return new DiskSettings(this);
  }

  public Worker.Timing workerTiming() {
    Config worker = config.getConfig("secateur.worker");
    return new Worker.Timing(
        worker.getDuration("ask"),
        worker.getDuration("heartbeat"),
        worker.getDuration("resend"),
        worker.getDuration("grace"));
  }

  public Coordinator.Timing coordinatorTiming() {
    Config coordinator = config.getConfig("secateur.coordinator");
    Config putAside = coordinator.getConfig("put-aside");
    return new Coordinator.Timing(
        coordinator.getDuration("lease"),
        coordinator.getDuration("tick"),
        new FailureRun.Rule(
            putAside.getInt("failures"),
            putAside.getDuration("pause"),
            putAside.getDuration("longest")));
  }
}
