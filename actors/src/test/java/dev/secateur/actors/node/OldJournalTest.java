package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.eventstream.EventStream;
import akka.serialization.SerializationExtension;
import akka.stream.javadsl.Sink;
import dev.secateur.coordinator.Coordinator;
import dev.secateur.coordinator.JournalUnreadable;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Journals of every format that there was, in a real database, and a coordinator that starts on
 * them: it goes on by itself, or computes again what was planned for an older version of the code.
 */
class OldJournalTest {
  private static final Path JOURNALS =
      Path.of(System.getProperty("secateur.root"))
          .resolve("coordinator/src/test/resources/journal/whole");

  @TempDir private Path folder;
  private Database database;
  private ActorTestKit kit;
  private TestProbe<ToWorker> worker;
  private ActorRef<CoordinatorMessage> coordinator;
  private final RunFilesInMemory files = new RunFilesInMemory();

  static List<Path> journals() throws IOException {
    try (Stream<Path> files = Files.list(JOURNALS)) {
      return files.filter(file -> file.toString().endsWith(".tsv")).sorted().toList();
    }
  }

  @BeforeEach
  void start() {
    database = new Database("jdbc:h2:" + folder.resolve("journal"), "secateur", "");
    JournalDatabase.prepare(database, new WorkFolder(folder));
    kit =
        ActorTestKit.create(
            NodeSettings.load(Optional.empty())
                .with(JournalDatabase.settings(database, "test"))
                .with(Map.of("akka.actor.provider", "local"))
                .config());
    worker = kit.createTestProbe();
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private void restore(Path journal) throws IOException, SQLException {
    int sequence = 0;
    for (String line : Files.readAllLines(journal)) {
      String[] cells = line.split("\t");
      insert(
          ++sequence, Integer.parseInt(cells[0]), cells[1], Base64.getDecoder().decode(cells[2]));
    }
  }

  private void insert(int sequence, int serializer, String manifest, byte[] payload)
      throws SQLException {
    try (Connection connection = database.connect();
        PreparedStatement row =
            connection.prepareStatement(
                "INSERT INTO \"event_journal\" (\"persistence_id\", \"sequence_number\", \"writer\","
                    + " \"write_timestamp\", \"adapter_manifest\", \"event_ser_id\","
                    + " \"event_ser_manifest\", \"event_payload\")"
                    + " VALUES ('coordinator', ?, 'golden', 0, '', ?, ?, ?)")) {
      row.setInt(1, sequence);
      row.setInt(2, serializer);
      row.setString(3, manifest);
      row.setBytes(4, payload);
      row.executeUpdate();
    }
  }

  private void startCoordinator(CodeVersion version) {
    coordinator =
        kit.spawn(
            Coordinator.create(
                new Coordinator.Timing(Duration.ofMinutes(1), Duration.ofSeconds(1)),
                new ArtifactExchange.SharedFolder(),
                new Reporting(
                    files,
                    new StoredJournal(kit.system(), database),
                    (stage, name) -> Optional.empty()),
                Upkeep.NONE,
                InstantSource.system(),
                version));
  }

  private Map<String, SweepSummary> sweeps() {
    TestProbe<CoordinatorProtocol.Sweeps> lists = kit.createTestProbe();
    coordinator.tell(
        new CoordinatorProtocol.ListSweeps(new CoordinatorProtocol.Wanted.All(), lists.getRef()));
    return lists.receiveMessage(Duration.ofSeconds(20)).sweeps().stream()
        .collect(Collectors.toMap(sweep -> sweep.sweep().value(), Function.identity()));
  }

  private void request(WorkerId id, CodeVersion version) {
    Capabilities capabilities =
        new Capabilities("cpu", 1L << 34, Set.of(Precision.values()), Map.of(), Set.of(), version);
    coordinator.tell(new WorkProtocol.RequestWork(id, capabilities, "", worker.getRef()));
  }

  private Task ask(WorkerId id, CodeVersion version) {
    request(id, version);
    return worker.expectMessageClass(WorkProtocol.Assign.class).task();
  }

  private void succeed(Task task) {
    Outcome done =
        new Outcome.Succeeded(
            new ArtifactRef(task.stage().key(), task.stage().kind(), "sha", 1),
            Map.of("perplexity", 20.0, "parameters_before", 2.0, "parameters_after", 1.0),
            1,
            false,
            Map.of());
    long lease = task.lease().id();
    coordinator.tell(new WorkProtocol.Report(task.lease().worker(), lease, done, worker.getRef()));
    worker.expectMessage(new WorkProtocol.Acknowledge(lease));
  }

  /** Does what there is until a sweep is complete, and its results are written. */
  private int finish(String sweep, WorkerId id, CodeVersion version) {
    Set<Object> stages = new HashSet<>();
    SweepSummary now = sweeps().get(sweep);
    while (now.trialsCompleted() < now.trials()) {
      Task task = ask(id, version);
      assertThat(task.codeVersion()).isEqualTo(version);
      assertThat(stages.add(task.stage().key())).as("computed once").isTrue();
      succeed(task);
      now = sweeps().get(sweep);
    }
    awaitStatus(sweep, SweepStatus.COMPLETED);
    return stages.size();
  }

  private void awaitStatus(String sweep, SweepStatus status) {
    await(sweep + " is " + status)
        .atMost(Duration.ofSeconds(30))
        .until(() -> sweeps().get(sweep).status() == status);
  }

  private long count(Class<? extends SweepEvent> event) throws SQLException {
    return database
        .query(
            "SELECT COUNT(*) FROM \"event_journal\" WHERE \"event_ser_manifest\" = ?",
            row -> row.getLong(1),
            event.getName())
        .get(0);
  }

  /** A coordinator of the code version that the journal's sweeps are planned for, or a later. */
  private CodeVersion startOn(Path journal, int later) throws IOException, SQLException {
    restore(journal);
    CodeVersion version = new CodeVersion(planned().number() + later);
    startCoordinator(version);
    return version;
  }

  /** The code version that the last sweep of the journal is planned for. */
  private CodeVersion planned() throws SQLException {
    return database
        .query(
            "SELECT \"event_ser_id\", \"event_payload\" FROM \"event_journal\""
                + " WHERE \"event_ser_manifest\" = ? ORDER BY \"sequence_number\" DESC",
            row -> submitted(row.getInt(1), row.getBytes(2)),
            SweepEvent.SweepSubmitted.class.getName())
        .get(0)
        .plan()
        .codeVersion();
  }

  private SweepEvent.SweepSubmitted submitted(int serializer, byte[] payload) {
    return (SweepEvent.SweepSubmitted)
        SerializationExtension.get(kit.system())
            .deserialize(payload, serializer, SweepEvent.SweepSubmitted.class.getName())
            .get();
  }

  @ParameterizedTest
  @MethodSource("journals")
  void isGoneOnWith(Path journal) throws Exception {
    CodeVersion version = startOn(journal, 0);
    SweepSummary open = sweeps().get("open-1");
    assertThat(open.stagesRunning()).isEqualTo(1);
    Task held = ask(new WorkerId("host/three", "life 1"), version);
    assertThat(held.sweep().value()).as("what it was at").isEqualTo("open-1");
    succeed(held);
    int computed = finish("open-1", new WorkerId("host/new", "1"), version);
    assertThat(computed).isBetween(1, open.stages() - open.stagesDone() - 1);
    assertThat(sweeps().get("open-1").trialsFailed()).as("what had failed").isEqualTo(1);
    awaitStatus("stopped-1", SweepStatus.STOPPED);
    assertThat(sweeps().get("paused-1").status()).isEqualTo(SweepStatus.PAUSED);
    assertThat(sweeps().get("finished-1").status()).isEqualTo(SweepStatus.COMPLETED);
    assertThatItsEventsAreWritten("open-1");
    assertThatItsEventsAreWritten("stopped-1");
  }

  /** From the journal, be it from before they were kept in a file. */
  private void assertThatItsEventsAreWritten(String sweep) {
    Path run = Path.of("/runs", sweep);
    await().atMost(Duration.ofSeconds(30)).until(() -> files.find(run, "results.json").isPresent());
    List<String> lines = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              lines.clear();
              byte[] content = files.find(run, "events.jsonl").orElseThrow();
              new String(content, StandardCharsets.UTF_8).lines().forEach(lines::add);
              assertThat(lines.get(lines.size() - 1))
                  .containsPattern("\"event\":\"sweep-(completed|stopped)\"");
            });
    assertThat(lines.get(0)).contains("\"event\":\"sweep-submitted\"");
    assertThat(lines).doesNotHaveDuplicates().allMatch(line -> line.contains(sweep));
  }

  @ParameterizedTest
  @MethodSource("journals")
  void isComputedAgainByTheNextCodeVersion(Path journal) throws Exception {
    CodeVersion version = startOn(journal, 1);
    SweepSummary finished = sweeps().get("finished-1");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(sweeps().get("open-1").stagesDone()).isZero());
    SweepSummary open = sweeps().get("open-1");
    assertThat(open.stagesRunning()).as("leases are taken back").isZero();
    assertThat(open.trialsCompleted()).isZero();
    request(new WorkerId("host/three", "life 1"), new CodeVersion(version.number() - 1));
    worker.expectNoMessage();
    int computed = finish("open-1", new WorkerId("host/new", "1"), version);
    assertThat(computed).isEqualTo(open.stages());
    assertThat(sweeps().get("open-1").trialsFailed()).isZero();
    assertThat(sweeps().get("finished-1")).isEqualTo(finished);
    assertThat(sweeps().get("paused-1").status()).isEqualTo(SweepStatus.PAUSED);
    int sweepsBefore = sweeps().size();
    long replanned = count(SweepEvent.SweepReplanned.class);
    kit.stop(coordinator);
    startCoordinator(version);
    assertThat(sweeps()).hasSize(sweepsBefore);
    request(new WorkerId("host/new", "2"), version);
    worker.expectNoMessage();
    assertThat(count(SweepEvent.SweepReplanned.class)).isEqualTo(replanned);
  }

  @ParameterizedTest
  @MethodSource("journals")
  void isReadFromAnyNumberAndItsPlansAreFoundByTheirs(Path journal) throws Exception {
    restore(journal);
    List<String> lines = Files.readAllLines(journal);
    List<Long> plans = new ArrayList<>();
    for (long number = lines.size(); number > 0; number--) {
      if (lines
          .get((int) number - 1)
          .matches("\\d+\t.*\\$Sweep(Submitted|Replanned|Extended)\t.*")) {
        plans.add(number);
      }
    }
    StoredJournal stored = new StoredJournal(kit.system(), database);
    assertThat(stored.plans(lines.size())).isEqualTo(plans).hasSizeGreaterThan(2);
    assertThat(stored.plans(plans.get(0) - 1)).isEqualTo(plans.subList(1, plans.size()));
    List<SweepEvent> read = new ArrayList<>();
    stored.read(2, plans.get(0), event -> read.add(event.event()));
    assertThat(read).hasSize((int) (plans.get(0) - 1));
    assertThat(read.get(read.size() - 1)).isInstanceOf(SweepEvent.SweepSubmitted.class);
    List<JournalledEvent> rest =
        stored
            .events(plans.get(0), false)
            .runWith(Sink.seq(), kit.system())
            .toCompletableFuture()
            .get();
    assertThat(rest).hasSize((int) (lines.size() - plans.get(0) + 1));
    assertThat(rest.get(0).sequence()).isEqualTo(plans.get(0));
    assertThat(rest.get(0).event()).isEqualTo(read.get(read.size() - 1));
  }

  @Test
  void thatANewerVersionHasWrittenIsRefusedInALine() throws Exception {
    Path journal = journals().get(0);
    restore(journal);
    int next = Files.readAllLines(journal).size() + 1;
    insert(next, 33, SweepEvent.class.getName() + "$SweepTeleported", new byte[0]);
    TestProbe<JournalUnreadable> told = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(JournalUnreadable.class, told.getRef()));
    startCoordinator(CodeVersion.CURRENT);
    assertThat(told.receiveMessage(Duration.ofSeconds(20)).reason())
        .contains("the event SweepTeleported, which this version does not know")
        .hasLineCount(1);
  }
}
