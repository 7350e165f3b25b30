package dev.secateur.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.cli.Cli;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Files for running it are checked by the tools that read them, where these are installed. */
class DeployTest {
  private static final Path FILES =
      Path.of(System.getProperty("secateur.root", ".."), "actors/deploy");

  @TempDir private Path folder;

  private static boolean isInstalled(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"secateur-coordinator.service", "secateur-worker.service"})
  void systemdTakesTheUnits(String name) throws Exception {
    assumeThat(isInstalled("systemd-analyze", "--version")).as("systemd is installed").isTrue();
    String unit = Files.readString(FILES.resolve("systemd").resolve(name));
    assertThat(unit).contains("ExecStart=/opt/secateur/bin/secateur node ");
    // What it starts, and as whom, is not on this machine.
    String here =
        unit.replace("/opt/secateur/bin/secateur", "/bin/true").replace("User=secateur\n", "");
    Path copy = Files.writeString(folder.resolve(name), here);
    // It may have something to say of the machine's own units too.
    assertThat(output(List.of("systemd-analyze", "verify", copy.toString())))
        .startsWith("0 ")
        .doesNotContain(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secateur-coordinator.service", "secateur-worker.service"})
  void theUnitsStartACommandThatThereIs(String name) throws Exception {
    String unit = Files.readString(FILES.resolve("systemd").resolve(name));
    String start = unit.lines().filter(line -> line.startsWith("ExecStart=")).findFirst().get();
    String[] words = start.replaceFirst(".*/secateur ", "").split(" ");
    for (String word : words) {
      if (word.startsWith("--")) {
        assertThat(Cli.here("node", "--help").out()).contains(word);
      }
    }
  }

  /** Each alert is told when it is to be, and no other: secateur-rules-test.yml. */
  @Test
  void prometheusTakesTheRulesAndTheyTellWhatTheyAreTo() throws Exception {
    assumeThat(isInstalled("promtool", "--version")).as("promtool is installed").isTrue();
    Files.copy(
        FILES.resolve("prometheus/secateur-rules.yml"), folder.resolve("secateur-rules.yml"));
    Path tests = folder.resolve("secateur-rules-test.yml");
    try (var content = DeployTest.class.getResourceAsStream("/deploy/secateur-rules-test.yml")) {
      Files.copy(content, tests);
    }
    assertThat(output(List.of("promtool", "test", "rules", tests.toString())))
        .startsWith("0 ")
        .contains("SUCCESS");
  }

  private static List<Map<String, Object>> manifest() throws IOException {
    List<Map<String, Object>> objects = new ArrayList<>();
    String text = Files.readString(FILES.resolve("kubernetes/secateur.yaml"));
    for (Object object : new Yaml().loadAll(text)) {
      objects.add(Json.MAPPER.convertValue(object, new TypeReference<Map<String, Object>>() {}));
    }
    return objects;
  }

  private static JsonNode object(String kind, String name) throws IOException {
    return manifest().stream()
        .map(object -> Json.MAPPER.<JsonNode>valueToTree(object))
        .filter(object -> object.get("kind").asText().equals(kind))
        .filter(object -> object.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theManifestIsWhatItIsTaken() throws Exception {
    JsonNode coordinators = object("StatefulSet", "secateur-coordinator");
    assertThat(coordinators.at("/spec/replicas").asInt()).isEqualTo(3);
    JsonNode container = coordinators.at("/spec/template/spec/containers/0");
    assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/ready");
    assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health");
    assertThat(container.at("/env").toString())
        .contains("{\"name\":\"secateur-journal\",\"key\":\"url\"}");
    JsonNode workers = object("StatefulSet", "secateur-worker");
    assertThat(
            workers.at("/spec/template/spec/containers/0/resources/limits/nvidia.com~1gpu").asInt())
        .isOne();
    // A worker's processes have 40 s, and both stop as their units of systemd do.
    assertThat(workers.at("/spec/template/spec/terminationGracePeriodSeconds").asInt())
        .isGreaterThan(40);
    assertThat(Files.readString(FILES.resolve("systemd/secateur-worker.service")))
        .contains(
            "TimeoutStopSec="
                + workers.at("/spec/template/spec/terminationGracePeriodSeconds").asInt());
  }

  @Test
  void theManifestsSettingsAndOptionsAreThere() throws Exception {
    String settings = Files.readString(FILES.resolve("../../application.conf"));
    List<String> names = new ArrayList<>();
    object("ConfigMap", "secateur").get("data").fieldNames().forEachRemaining(names::add);
    for (String set : List.of("secateur-coordinator", "secateur-worker")) {
      JsonNode container = object("StatefulSet", set).at("/spec/template/spec/containers/0");
      container.get("env").forEach(variable -> names.add(variable.get("name").asText()));
      for (JsonNode word : container.get("args")) {
        if (word.asText().startsWith("--")) {
          assertThat(Cli.here("node", "--help").out()).contains(word.asText());
        }
      }
    }
    names.removeAll(List.of("POD_NAME", "SECATEUR_SEEDS")); // of the manifest itself
    assertThat(names)
        .isNotEmpty()
        .allSatisfy(name -> assertThat(settings).contains("${?" + name + "}"));
  }

  /** The pods share a certificate for all of their names, which the manifest says how to make. */
  @Test
  void theManifestsCertificateCanBeMade() throws Exception {
    String name = "*.secateur-nodes.secateur.svc.cluster.local";
    String manifest = Files.readString(FILES.resolve("kubernetes/secateur.yaml"));
    assertThat(manifest).contains("secateur certs init certs '" + name + "'");
    Path certs = folder.resolve("certs");
    assertThat(Cli.here("certs", "init", certs.toString(), name).code()).isZero();
    String made = name.replace('*', '_');
    assertThat(manifest).contains("--from-file=certs/" + made + "\n");
    assertThat(certs.resolve(made)).isDirectoryContaining("glob:**/node.p12");
  }

  @Test
  void kubernetesTakesTheManifest() throws Exception {
    assumeThat(
            isInstalled(
                "node",
                "-e",
                "for (const name of ['kubernetes-models', 'js-yaml', 'typescript']) require.resolve(name)"))
        .as("node has kubernetes-models, js-yaml and typescript (NODE_PATH)")
        .isTrue();
    Path script = folder.resolve("kubernetes.js");
    try (var content = DeployTest.class.getResourceAsStream("/deploy/kubernetes.js")) {
      Files.copy(content, script);
    }
    Path manifest = FILES.resolve("kubernetes/secateur.yaml");
    assertThat(output(List.of("node", script.toString(), manifest.toString(), folder.toString())))
        .isEqualTo("0 " + manifest().size() + " objects are valid\n");
  }

  @Test
  void kubeconformTakesTheManifest() throws Exception {
    assumeThat(isInstalled("kubeconform", "-v")).as("kubeconform is installed").isTrue();
    assertThat(
            output(
                List.of(
                    "kubeconform",
                    "-strict",
                    FILES.resolve("kubernetes/secateur.yaml").toString())))
        .startsWith("0 ");
  }

  @Test
  void theImageRunsSecateurAsNobodyInParticularOnPinnedImages() throws Exception {
    List<String> lines = Files.readAllLines(FILES.resolve("container/Containerfile"));
    assertThat(lines.stream().filter(line -> line.startsWith("FROM docker.io")))
        .hasSize(2)
        .allMatch(line -> line.matches("FROM \\S+:\\d+\\.\\d+\\.\\d+\\S*( AS \\w+)?"));
    assertThat(lines)
        .contains(
            "USER 10001:10001",
            "VOLUME /var/lib/secateur",
            "ENTRYPOINT [\"/opt/secateur/bin/secateur\"]")
        .anyMatch(line -> line.contains("-jre-"))
        .anyMatch(line -> line.contains(" libgomp1 "));
    assertThat(object("StatefulSet", "secateur-worker").toString()).contains("\"runAsUser\":10001");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hadolint", "dockerfile-utils lint"})
  void aLinterTakesTheContainerfile(String linter) throws Exception {
    List<String> command = new ArrayList<>(List.of(linter.split(" ")));
    assumeThat(isInstalled(command.get(0), "--version"))
        .as(command.get(0) + " is installed")
        .isTrue();
    Path copy = folder.resolve("Dockerfile");
    Files.copy(FILES.resolve("container/Containerfile"), copy);
    command.add(copy.toString());
    assertThat(output(command)).isEqualTo("0 ");
  }

  private static List<String> expressions() throws IOException {
    JsonNode board = Json.MAPPER.readTree(FILES.resolve("grafana/secateur.json").toFile());
    List<String> all = new ArrayList<>();
    for (JsonNode panel : board.get("panels")) {
      assertThat(panel.get("title").asText()).isNotEmpty();
      panel.get("targets").forEach(target -> all.add(target.get("expr").asText()));
    }
    return all;
  }

  /** What they ask for is there: MetricsTest. */
  @Test
  void prometheusTakesTheExpressionsOfTheDashboard() throws Exception {
    assertThat(expressions()).hasSizeGreaterThan(10);
    assumeThat(isInstalled("promtool", "--version")).as("promtool is installed").isTrue();
    List<Map<String, String>> rules = new ArrayList<>();
    for (String expression : expressions()) {
      rules.add(Map.of("record", "panel:" + rules.size(), "expr", expression));
    }
    Path file =
        Files.writeString(
            folder.resolve("panels.yml"),
            Json.MAPPER.writeValueAsString(
                Map.of("groups", List.of(Map.of("name", "panels", "rules", rules)))));
    assertThat(output(List.of("promtool", "check", "rules", file.toString()))).startsWith("0 ");
  }
}
