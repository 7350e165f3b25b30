package dev.secateur.coordinator;

import static dev.secateur.coordinator.JournalSamples.asked;
import static dev.secateur.coordinator.JournalSamples.key;
import static dev.secateur.coordinator.JournalSamples.plan;
import static dev.secateur.coordinator.JournalSamples.samples;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * What a journal holds today must be read by every later version: the golden file has each event as
 * it was first written. A new event is added to it by running with {@code
 * -Dsecateur.golden.write=FILE}; a line that is there stays.
 */
class JournalFormatTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void readsEveryEventAsItWasFirstWritten() throws IOException {
    Properties golden = golden();
    Serialization serialization = SerializationExtension.get(KIT.system());
    for (SweepEvent event : samples()) {
      String name = event.getClass().getName();
      assertThat(golden.getProperty(name)).as(name + " in the golden file").isNotNull();
      SerializerWithStringManifest serializer =
          (SerializerWithStringManifest) serialization.findSerializerFor(event);
      assertThat(serializer.manifest(event)).isEqualTo(name);
      byte[] bytes = Base64.getDecoder().decode(golden.getProperty(name));
      assertThat(serializer.fromBinary(bytes, name)).isEqualTo(event);
    }
  }

  @Test
  void writesTheBeginTokensOfEvaluationsAndReadsThemBack() throws IOException {
    EvaluationSpec old =
        (EvaluationSpec) plan().stages().get(StageKind.EVALUATION.ordinal()).spec();
    EvaluationSpec chosen = asked("always", "window").evaluation().of(old.model(), old.subject());
    checkReadsBack(
        List.of(new Stage(key("e"), chosen.kind(), chosen, List.of(), new MemoryNeed.Unknown())));
  }

  @Test
  void writesThePrecisionOfStagesAndReadsItBack() throws IOException {
    FakeSources sources = new FakeSources("/models");
    String text = "models = [a], ratios = [0.5], steps = [2], compute = bfloat16";
    List<Stage> stages =
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources).stages();
    assertThat(stages.stream().filter(stage -> stage.spec().precision() == Precision.BFLOAT16))
        .hasSize(4);
    checkReadsBack(stages);
  }

  @Test
  void writesUniformWidthsAndGgufFilesAndReadsThemBack() throws IOException {
    FakeSources sources = new FakeSources("/models");
    String text = "models = [a], ratios = [0.5], uniform = true, export = [hf, gguf]";
    List<Stage> stages =
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources).stages();
    assertThat(stages.toString()).contains("uniform=true", "files=CheckpointAndGguf[weights=F16]");
    checkReadsBack(stages);
  }

  /** What an author does not say is not written, so that what was written before stays as it is. */
  @Test
  void writesOwnerLabelsNotesAndTrackingAndReadsThemBack() throws IOException {
    Origin plain = new Origin("submit", "client", "text", "{}");
    Tracking tracking = new Tracking("http://h", "e", "", "http://w", "SECATEUR_TRACKING_S");
    Origin labelled =
        new Origin(
            "submit",
            "client",
            "text",
            "{}",
            "ana",
            new TreeMap<>(Map.of("team", "nlp", "baseline", "")),
            "two\nlines",
            tracking);
    checkReadsBack(List.of(), labelled);
    checkReadsBack(List.of(), plain);
    assertThat(Json.MAPPER.valueToTree(plain).fieldNames())
        .toIterable()
        .containsExactly("command", "client", "configuration", "settings");
  }

  private static void checkReadsBack(List<Stage> stages) throws IOException {
    checkReadsBack(stages, Origin.UNKNOWN);
  }

  private static void checkReadsBack(List<Stage> stages, Origin origin) throws IOException {
    SweepPlan plan =
        new SweepPlan(
            "sweep",
            "digest",
            List.of(),
            stages,
            RecoveryBound.ALL,
            3,
            Map.of(StageKind.EXPORT, Duration.ofHours(2)),
            new CodeVersion(7));
    SweepEvent event =
        new SweepEvent.SweepSubmitted(
            new SweepId("s"), plan, "/runs/1", 10, IdempotencyKey.NONE, Instant.EPOCH, origin);
    SerializerWithStringManifest serializer =
        (SerializerWithStringManifest)
            SerializationExtension.get(KIT.system()).findSerializerFor(event);
    assertThat(serializer.fromBinary(serializer.toBinary(event), serializer.manifest(event)))
        .isEqualTo(event);
  }

  @Test
  void aPlanFromBeforePlansNamedTheirCodeVersionIsOfTheLastWithoutOne() throws IOException {
    String submitted = SweepEvent.SweepSubmitted.class.getName();
    byte[] bytes = Base64.getDecoder().decode(golden().getProperty(submitted));
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("codeVersion");
    assertThat(((SweepEvent.SweepSubmitted) read(bytes, submitted)).plan().codeVersion())
        .isEqualTo(new CodeVersion(6));
  }

  @Test
  void saysInALineWhatOnlyANewerVersionReads() throws IOException {
    String submitted = SweepEvent.SweepSubmitted.class.getName();
    byte[] bytes = Base64.getDecoder().decode(golden().getProperty(submitted));
    byte[] newer =
        new String(bytes, StandardCharsets.ISO_8859_1)
            .replace("discovery", "discovera")
            .getBytes(StandardCharsets.ISO_8859_1);
    assertThat(unreadable(newer, submitted)).contains("\"discovera\"");
    assertThat(unreadable(bytes, submitted.replace("Submitted", "Teleported")))
        .contains("the event SweepTeleported, which this version does not know");
    assertThat(JournalUnreadable.of(new IOException("connection refused"))).isEmpty();
  }

  /** What is said of an event that can't be read. */
  private static String unreadable(byte[] bytes, String manifest) {
    Throwable failure = catchThrowable(() -> read(bytes, manifest));
    String line = JournalUnreadable.of(new IllegalStateException(failure)).orElseThrow().reason();
    assertThat(line)
        .hasLineCount(1)
        .startsWith("the journal was written by a newer version of Secateur");
    return line;
  }

  private static Object read(byte[] bytes, String manifest) throws IOException {
    SerializerWithStringManifest serializer =
        (SerializerWithStringManifest)
            SerializationExtension.get(KIT.system()).findSerializerFor(samples().get(0));
    return serializer.fromBinary(bytes, manifest);
  }

  @Test
  void coversEveryEvent() {
    assertThat(samples().stream().map(Object::getClass).toList())
        .hasSameElementsAs(EventTypes.all());
  }

  private static Properties golden() throws IOException {
    String write = System.getProperty("secateur.golden.write");
    if (write != null) {
      write(Path.of(write));
    }
    Properties golden = new Properties();
    try (InputStream file =
        JournalFormatTest.class.getResourceAsStream("/journal/events.properties")) {
      golden.load(file);
    }
    return golden;
  }

  private static void write(Path file) throws IOException {
    Serialization serialization = SerializationExtension.get(KIT.system());
    Map<String, String> lines = new TreeMap<>();
    for (SweepEvent event : samples()) {
      byte[] bytes = serialization.findSerializerFor(event).toBinary(event);
      lines.put(event.getClass().getName(), Base64.getEncoder().encodeToString(bytes));
    }
    Files.write(file, lines.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }
}
