package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.actors.events.Stamp;
import dev.secateur.source.demo.DemoModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a process of its own shows: its streams, its locale, its limits, its Java, its end. */
class LauncherTest {
  private static final Map<String, String> NOTHING = Map.of();

  /** What the process starts with once Java lacks this module, as a slim one does. */
  private static Map<String, String> without(String module) {
    String modules =
        ModuleLayer.boot().modules().stream()
            .filter(each -> !each.getName().equals(module))
            .filter(
                each ->
                    each.getDescriptor().requires().stream()
                        .noneMatch(required -> required.name().equals(module)))
            .map(Module::getName)
            .filter(name -> !name.startsWith("jdk.internal") && !name.equals("jdk.management.jfr"))
            .collect(Collectors.joining(","));
    return Map.of("SECATEUR_JAVA_OPTIONS", "--limit-modules " + modules);
  }

  @TempDir static Path folder;
  private static Launcher launcher;

  @BeforeAll
  static void makeADistribution() throws Exception {
    launcher = Launcher.at(folder.resolve("secateur"));
  }

  private static void failsInOneLine(Cli.Result result, String said) {
    assertThat(result.code()).as(result.err()).isEqualTo(1);
    assertThat(Stamp.without(result.err())).hasLineCount(1).startsWith("secateur: ").contains(said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "$S --version >/dev/full | can't write to stdout: No space left on device",
        "$S --help >&- | can't write to stdout: Bad file descriptor",
        "mkfifo $S.f; exec 3<>$S.f 4>$S.f 3>&-; $S --help >&4 | can't write to stdout: Broken pipe",
      })
  void dataThatCannotBeWrittenIsAFailure(String line, String said) throws Exception {
    failsInOneLine(launcher.shell(line, NOTHING), said);
  }

  @Test
  void aClosedStandardErrorHindersNothing() throws Exception {
    Cli.Result result = launcher.shell("$S --version 2>&- <&-", NOTHING);
    assertThat(result.code()).isZero();
    assertThat(result.out()).startsWith("secateur ");
  }

  @Test
  void anyCharactersInPromptsAndPathsWorkUnderTheLocaleC() throws Exception {
    Path model = DemoModel.extract(folder.resolve("Gr\u00f6\u00dfe \u4e2d"));
    Cli.Result result =
        launcher.shell(
            "$S generate '"
                + model
                + "' --prompt 'Gr\u00f6\u00dfe \u4e2d' --max-tokens 2 --work w\u00e9",
            NOTHING);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("Gr\u00f6\u00dfe \u4e2d");
    Cli.Result missing = launcher.shell("$S generate /no/gr\u00f6\u00dfe", NOTHING);
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("/no/gr\u00f6\u00dfe");
  }

  /** As where no UTF-8 locale is installed. */
  @Test
  void charactersThatTheLocaleLacksAreRefused() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Cli.Result result =
        launcher.shell(
            java
                + " -cp $(dirname $S)/../lib/all.jar dev.secateur.actors.cli.Main generate demo"
                + " --prompt Gr\u00f6\u00dfe",
            NOTHING);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("LC_ALL=C.UTF-8");
  }

  @Test
  void tooFewOpenFilesAreToldBeforeJavaStarts() throws Exception {
    failsInOneLine(
        launcher.shell("ulimit -n 64; $S doctor", NOTHING),
        "this shell allows 64 open files, 256 are needed");
  }

  @Test
  void aClassThatThisJavaLacksIsToldInOneLine() throws Exception {
    failsInOneLine(
        launcher.shell("$S list", without("java.net.http")),
        "Java can't find java.net.http.HttpClient");
  }

  /**
   * Akka's flight recorder was such a class: threads of the half-started system kept the process.
   */
  @Test
  void aNodeWhoseActorSystemCannotStartEnds() throws Exception {
    Path settings =
        Files.writeString(folder.resolve("jfr.conf"), "akka.java-flight-recorder.enabled = true\n");
    failsInOneLine(
        launcher.shell(
            "$S node --role coordinator --http-port 0 --config "
                + settings
                + " --work "
                + folder.resolve("jfr"),
            without("jdk.jfr")),
        "Java can't find jdk.jfr.Event");
  }

  @Test
  void noNodeNeedsTheFlightRecorderAndOneThatNobodyTakesUpEnds() throws Exception {
    Map<String, String> environment = new HashMap<>(without("jdk.jfr"));
    environment.put("SECATEUR_CLUSTER_JOIN_TIMEOUT", "12s");
    Cli.Result result =
        launcher.shell(
            "$S node --role gpu-worker --devices cpu --seed 127.0.0.1:1 --work "
                + folder.resolve("slim"),
            environment);
    assertThat(result.code()).as(result.err()).isEqualTo(1);
    assertThat(result.err())
        .contains("not joined yet: 127.0.0.1:1: nothing listens there")
        .endsWith(
            "secateur: no cluster accepted this node within 12 s: 127.0.0.1:1: nothing listens"
                + " there\n");
  }

  @Test
  void aWorkerNodeThatItsConfigurationIsWrongForEnds() throws Exception {
    Cli.Result result =
        launcher.shell(
            "$S node --role gpu-worker --devices cuda:7 --seed 127.0.0.1:1 --work "
                + folder.resolve("wrong"),
            NOTHING);
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("cuda:7");
  }

  /** Java with the options of a process that only watches, or without. */
  @ParameterizedTest
  @CsvSource({
    "node --role gpu-worker --seed secateur-coordinator-0:25520, true",
    "node --seed coordinator:1 --role=gpu-worker, true",
    "node --role coordinator, false",
    "node --host h --role=gpu-worker:coordinator, false",
    "run node --role gpu-worker, false",
  })
  void aNodeOfWorkersAloneIsASmallProcess(String arguments, boolean small) throws Exception {
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"$@\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Cli.Result result =
        launcher.shell("$S " + arguments, Map.of("JAVA_HOME", folder.resolve("jdk").toString()));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out().contains("-XX:TieredStopAtLevel=1")).isEqualTo(small);
  }

  @Test
  void aSweepWhosePlotsCannotBeDrawnPrintsItsResultsAndFails() throws Exception {
    Path sweep =
        Files.writeString(
            folder.resolve("tiny.conf"),
            """
            models = [demo], strategies = [layer], criteria = [l2], ratios = [0.1]
            evaluation { windows = 1, window = 32 }
            """);
    Cli.Result result =
        launcher.shell(
            "$S run " + sweep + " --work " + folder.resolve("plain"), without("java.desktop"));
    assertThat(result.code()).as(result.err()).isEqualTo(1);
    assertThat(result.out()).contains("ppl before").contains("demo");
    assertThat(result.err().lines().filter(line -> line.startsWith("secateur: ")))
        .singleElement()
        .asString()
        .contains(
            "the results are complete, but not their plots as PNG: this Java lacks its desktop");
    try (Stream<Path> files = Files.walk(folder.resolve("plain").resolve("runs"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("SVG needs no fonts")
          .contains("perplexity-demo-layer.svg", "report.html");
    }
  }
}
