package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.LoggingTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.eventstream.EventStream.Subscribe;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.Reportings;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.CoordinatorProtocol.Verdict.Known;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A coordinator of the next code version takes over the journal of one of this. */
class UpgradeTest extends CoordinatorFixture {
  private static final CodeVersion NEXT = new CodeVersion(CodeVersion.CURRENT.number() + 1);
  private static final WorkerId TWO = new WorkerId("two", "1");

  UpgradeTest() {
    super(true);
  }

  private void upgrade() {
    kit.stop(coordinator);
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING,
                new ArtifactExchange.SharedFolder(),
                Reportings.empty(),
                Upkeep.NONE,
                () -> now,
                NEXT));
  }

  private static SweepPlan planOf(CodeVersion version) {
    FakeSources sources = new FakeSources("/");
    String text = "models = [a], ratios = [0.5], criteria = [l2]";
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources, version);
  }

  private Task askOfNext(WorkerId id) {
    request(id, NEXT);
    return worker.expectMessageClass(WorkProtocol.Assign.class).task();
  }

  private <T> TestProbe<T> listen(Class<T> type) {
    TestProbe<T> probe = kit.createTestProbe();
    kit.system().eventStream().tell(new Subscribe<>(type, probe.getRef()));
    return probe;
  }

  @Test
  void computesAllStagesAgainAndWritesTheirResults() throws IOException {
    submit("s");
    Task first = ask(ONE);
    report(first, done(first));
    Task second = ask(ONE);
    TestProbe<JournalledEvent> events = listen(JournalledEvent.class);
    upgrade();
    assertThat(events.receiveMessage().event()).isInstanceOf(SweepEvent.LeaseVoided.class);
    assertThat(events.receiveMessage().event())
        .isInstanceOfSatisfying(
            SweepEvent.SweepReplanned.class,
            replanned -> {
              assertThat(replanned.from()).isEqualTo(CodeVersion.CURRENT);
              assertThat(replanned.to()).isEqualTo(NEXT);
            });
    beat(second.lease().id());
    worker.expectMessage(new WorkProtocol.Revoke(second.lease().id()));
    report(second, done(second)); // acknowledged, and refused
    List<Stage> planned = planOf(NEXT).stages();
    TestProbe<SweepReported> reports = listen(SweepReported.class);
    for (Stage stage : planned) {
      Task task = askOfNext(TWO);
      assertThat(task.stage()).isEqualTo(stage);
      assertThat(task.codeVersion()).isEqualTo(NEXT);
      assertThat(task.lease().attempt()).isEqualTo(1);
      report(task, done(task));
    }
    SweepReported reported = reports.receiveMessage(Duration.ofSeconds(20));
    assertThat(reported.results().sweep()).isEqualTo(new SweepId("s"));
    assertThat(reported.results().stagesDone()).isEqualTo(planned.size());
    assertThat(reported.results().stagesReused()).isZero();
    assertThat(reported.results().trials().get(0).stages())
        .containsEntry("pruned", planOf(NEXT).trials().get(0).after().value());
    assertThat(Json.MAPPER.readTree(folder.resolve("results.json").toFile()).at("/completed"))
        .hasToString("1");
  }

  @Test
  void plansAnewOnceAndFindsTheSweepWhenItIsSubmittedAgain() {
    submit("s");
    TestProbe<JournalledEvent> events = listen(JournalledEvent.class);
    upgrade();
    assertThat(events.receiveMessage().event()).isInstanceOf(SweepEvent.SweepReplanned.class);
    upgrade();
    Submitted known = submit(planOf(NEXT));
    assertThat(known.sweep()).isEqualTo(new SweepId("s"));
    assertThat(known.runFolder()).isEqualTo(folder.toString());
    assertThat(known.resumed()).isTrue();
    events.expectNoMessage();
  }

  @Test
  void plansAnewWhatANodeOfTheVersionBeforeSubmits() {
    upgrade();
    assertThat(submit(planOf(CodeVersion.CURRENT)).refusal()).isEmpty();
    assertThat(askOfNext(ONE).stage()).isEqualTo(planOf(NEXT).stages().get(0));
  }

  @Test
  void refusesWhatANodeOfANewerVersionSubmits() {
    assertThat(submit(planOf(NEXT)).refusal())
        .hasValueSatisfying(
            why -> assertThat(why).contains("code version " + NEXT, CodeVersion.CURRENT + ": "));
    assertThat(statuses()).isEmpty();
  }

  @Test
  void understandsWhatNodesSayThatKnowOfNoVersion() {
    Capabilities capabilities = new Capabilities("cpu", 1, Set.of(), Map.of(), Set.of(), NEXT);
    WorkProtocol.RequestWork request =
        new WorkProtocol.RequestWork(ONE, capabilities, "", worker.getRef());
    assertThat(without("codeVersion", request).capabilities().codeVersion())
        .isEqualTo(CodeVersion.UNKNOWN);
    Stage stage = planOf(NEXT).stages().get(0);
    Task task = new Task(new Lease(1, stage.key(), 1, ONE), new SweepId("s"), stage, NEXT);
    WorkProtocol.Assign assign = new WorkProtocol.Assign(task, new ArtifactExchange.SharedFolder());
    assertThat(without("codeVersion", assign).task().codeVersion()).isEqualTo(CodeVersion.UNNAMED);
    Submitted submitted = Submitted.refused(new SweepId("s"), "/runs", "why");
    assertThat(without("refusal", submitted).refusal()).isEmpty();
    Submitted known = new Submitted(new SweepId("s"), "/runs", new Known("grid", 10));
    assertThat(without("name", known).verdict()).isEqualTo(new Known("", 10));
    assertThat(without("priority", known).verdict()).isEqualTo(new Known("grid", 0));
  }

  /** A message as it is read that has a field of another name in the place of that one. */
  @SuppressWarnings("unchecked")
  private <T> T without(String field, T message) {
    Serialization serialization = SerializationExtension.get(kit.system());
    var serializer = (SerializerWithStringManifest) serialization.findSerializerFor(message);
    String bytes = new String(serialization.serialize(message).get(), StandardCharsets.ISO_8859_1);
    assertThat(bytes).containsOnlyOnce(field);
    byte[] other =
        bytes.replace(field, "x" + field.substring(1)).getBytes(StandardCharsets.ISO_8859_1);
    return (T)
        serialization
            .deserialize(other, serializer.identifier(), serializer.manifest(message))
            .get();
  }

  @Test
  void saysOnceThatNoWorkerIsOfTheVersion() {
    submit("s");
    upgrade();
    request(ONE, CodeVersion.CURRENT);
    request(TWO, CodeVersion.UNKNOWN);
    worker.expectNoMessage();
    LoggingTestKit.warn(
            "planned for code version " + NEXT + ", but all workers have other versions")
        .withOccurrences(1)
        .expect(
            kit.system(),
            () -> {
              tick();
              tick();
              return statuses(); // it has looked twice
            });
  }

  private void tick() {
    ManualTime.get(kit.system()).timePasses(TIMING.tick());
  }

  private Submitted submit(SweepPlan plan) {
    coordinator.tell(
        new Submit(
            new SweepId("again"),
            plan,
            folder.toString(),
            false,
            10,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN,
            client.getRef()));
    return client.receiveMessage();
  }
}
