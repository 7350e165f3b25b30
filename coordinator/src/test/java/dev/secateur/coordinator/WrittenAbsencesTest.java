package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.ListSweeps;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.CoordinatorProtocol.Verdict;
import dev.secateur.protocol.CoordinatorProtocol.Verdict.Created;
import dev.secateur.protocol.CoordinatorProtocol.Verdict.Known;
import dev.secateur.protocol.CoordinatorProtocol.Verdict.Refused;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.All;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.Only;
import dev.secateur.protocol.CoordinatorProtocol.Workers;
import dev.secateur.protocol.DeviceName;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.SweepEvent.SweepSubmitted;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol.Assign;
import dev.secateur.protocol.WorkProtocol.RequestWork;
import dev.secateur.protocol.WorkerId;
import dev.secateur.protocol.WorkerSummary;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How messages and events write an absent value, and how older nodes wrote it. */
class WrittenAbsencesTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final SweepPlan PLAN =
      CoordinatorFixture.plan("models = [a], ratios = [0.5], criteria = [l2]");
  private static final SweepId SWEEP = new SweepId("s");
  private static final WorkerId WORKER = new WorkerId("one", "1");

  /**
   * @param message that lacks something
   * @param in where the field is that says so
   * @param field written as null
   */
  private record Absence(CborSerializable message, String in, String field) {}

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static <T> ActorRef<T> client() {
    return KIT.<T>createTestProbe().getRef();
  }

  private static Capabilities capabilities(CodeVersion version) {
    return new Capabilities("cpu", 1, Set.of(), Map.of(), Set.of(), version);
  }

  private static CborSerializable submit(IdempotencyKey key) {
    return new Submit(
        SWEEP, PLAN, "/runs/s", false, 1, key, Instant.EPOCH, Origin.UNKNOWN, client());
  }

  private static CborSerializable submitted(IdempotencyKey key) {
    return new SweepSubmitted(SWEEP, PLAN, "/runs/s", 1, key, Instant.EPOCH, Origin.UNKNOWN);
  }

  private static CborSerializable request(Capabilities capabilities, String lastWords) {
    return new RequestWork(WORKER, capabilities, lastWords, client());
  }

  private static CborSerializable assign(ArtifactExchange exchange) {
    Stage stage = PLAN.stages().get(0);
    Lease lease = new Lease(1, stage.key(), 1, WORKER);
    return new Assign(new Task(lease, SWEEP, stage, CodeVersion.CURRENT), exchange);
  }

  private static CborSerializable worker(
      Capabilities capabilities,
      WorkerSummary.Activity activity,
      WorkerSummary.Condition condition) {
    return new Workers(List.of(new WorkerSummary("one", capabilities, false, activity, condition)));
  }

  static Stream<Absence> absences() {
    CborSerializable asks = request(capabilities(CodeVersion.UNKNOWN), "");
    CborSerializable idle =
        worker(
            capabilities(CodeVersion.CURRENT), new WorkerSummary.Idle(), new WorkerSummary.Well());
    return Stream.of(
        new Absence(submit(IdempotencyKey.NONE), "", "key"),
        new Absence(submitted(IdempotencyKey.NONE), "", "key"),
        new Absence(new ListSweeps(new All(), client()), "", "only"),
        new Absence(asks, "/capabilities", "codeVersion"),
        new Absence(asks, "/capabilities", "disk"),
        new Absence(asks, "/capabilities", "deviceName"),
        new Absence(assign(new ArtifactExchange.SharedFolder()), "", "store"),
        new Absence(idle, "/workers/0", "task"),
        new Absence(idle, "/workers/0", "condition"));
  }

  @ParameterizedTest
  @MethodSource("absences")
  void isWrittenAsNullAndReadFromNothingToo(Absence absence) throws Exception {
    ObjectNode written = (ObjectNode) tree(absence.message()).at(absence.in());
    assertThat(written.get(absence.field()).isNull()).isTrue();
    assertThat(changed(absence.message(), fields -> {})).isEqualTo(absence.message());
    assertThat(
            changed(
                absence.message(),
                fields -> ((ObjectNode) fields.at(absence.in())).remove(absence.field())))
        .isEqualTo(absence.message());
  }

  @Test
  void aProcessThatDidNotEndByItselfSaysNothing() throws Exception {
    CborSerializable asks = request(capabilities(CodeVersion.CURRENT), "");
    assertThat(tree(asks).has("lastWords")).isFalse();
    assertThat(changed(asks, fields -> {})).isEqualTo(asks);
    assertThat(changed(asks, fields -> fields.putNull("lastWords"))).isEqualTo(asks);
  }

  static Stream<CborSerializable> messages() {
    Capabilities all =
        capabilities(CodeVersion.CURRENT)
            .with(new DiskRoom("/w", 3, 2, Map.of("hash", 1L)))
            .named(new DeviceName("AMD EPYC"));
    return Stream.of(
        submit(new IdempotencyKey("k")),
        submitted(new IdempotencyKey("k")),
        new ListSweeps(new Only(SWEEP), client()),
        request(all, "signal 9"),
        assign(new StoreAccess("http://host:1", "pass")),
        worker(
            all,
            new WorkerSummary.Work(
                SWEEP, PLAN.stages().get(0).key(), StageKind.PRUNING, new Progress(1, 2, "")),
            new WorkerSummary.Problem(WorkerSummary.State.LOW_DISK, "why")),
        new Submitted(SWEEP, "/runs/s", new Created()),
        new Submitted(SWEEP, "/runs/s", new Known("grid", 10)),
        new Submitted(SWEEP, "/runs/s", new Refused("why")));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsThereIsReadAsItWas(CborSerializable message) throws Exception {
    assertThat(changed(message, fields -> {})).isEqualTo(message);
  }

  /** All of the fields, whichever answer it was. */
  private static Verdict ofBefore(boolean resumed, String refusal, String name) throws Exception {
    return changed(
            new Submitted(SWEEP, "/runs/s", new Created()),
            fields ->
                fields
                    .put("resumed", resumed)
                    .put("refusal", refusal)
                    .put("name", name)
                    .put("priority", resumed ? 10 : 0))
        .verdict();
  }

  @Test
  void understandsTheAnswersOfNodesOfBefore() throws Exception {
    assertThat(ofBefore(false, null, "")).isEqualTo(new Created());
    assertThat(ofBefore(true, null, "grid")).isEqualTo(new Known("grid", 10));
    assertThat(ofBefore(false, "why", "")).isEqualTo(new Refused("why"));
  }

  private static ObjectNode tree(Object message) throws Exception {
    return (ObjectNode)
        CBOR.readTree(SerializationExtension.get(KIT.system()).serialize(message).get());
  }

  /** A message as it is read whose fields were changed on its way. */
  @SuppressWarnings("unchecked")
  private static <T> T changed(T message, Consumer<ObjectNode> change) throws Exception {
    Serialization serialization = SerializationExtension.get(KIT.system());
    var serializer = (SerializerWithStringManifest) serialization.findSerializerFor(message);
    ObjectNode fields = tree(message);
    change.accept(fields);
    return (T)
        serialization
            .deserialize(
                CBOR.writeValueAsBytes(fields),
                serializer.identifier(),
                serializer.manifest(message))
            .get();
  }
}
