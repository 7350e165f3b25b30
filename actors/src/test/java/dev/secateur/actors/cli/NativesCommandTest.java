package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Natives that are installed, with the build's own in the place of others. */
class NativesCommandTest {
  @TempDir Path folder;
  private String work;

  @BeforeEach
  void setUp() {
    work = folder.resolve("work").toString();
  }

  /** The build's own, unpacked; its version stands in the library only. */
  private static String own() {
    Engine.getInstance();
    return LibUtils.getLibtorchPath();
  }

  private Cli.Result natives(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "natives";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "--work";
    all[all.length - 1] = work;
    return Cli.here(all);
  }

  private Cli.Result inAProcess(String... arguments) throws IOException, InterruptedException {
    return new Cli(folder).start(arguments).await();
  }

  private Path fake(String version) throws IOException {
    Path library = Files.createDirectories(folder.resolve("fake/torch/lib"));
    Files.writeString(library.resolve("libtorch.so"), "no library");
    Files.writeString(
        library.resolveSibling("version.py"), "__version__ = '" + version + "'\ncuda = None\n");
    return library;
  }

  @Test
  void whatIsInstalledIsUsedByEveryCommandUntilItIsRemoved() throws Exception {
    Cli.Result installed = natives("install", "--flavor", "cpu", "--from", own(), "--json");
    assertThat(installed.code()).as(installed.err()).isZero();
    assertThat(installed.err()).contains("trying " + own());
    JsonNode told = Json.MAPPER.readTree(installed.out());
    assertThat(told.get("version").asText()).isEqualTo("2.7.1");
    assertThat(told.get("flavor").asText()).isEqualTo("cpu");
    assertThat(told.get("state").asText()).startsWith("works");

    Cli.Result status = natives("status");
    assertThat(status.code()).isZero();
    assertThat(status.out()).contains(own()).contains("state    works");
    Cli.Result doctor = inAProcess("doctor", "--device", "cpu", "--json", "--work", work);
    assertThat(Json.MAPPER.readTree(doctor.out()).get("natives").asText())
        .isEqualTo(own() + ", cpu, as installed");

    assertThat(natives("remove").out()).isEqualTo("removed\n");
    assertThat(natives("status", "--json").out()).isEqualTo("{ }\n");
    assertThat(natives("remove").out()).isEqualTo("none were installed\n");
  }

  @Test
  void whatDoesNotLoadIsNotRemembered() throws Exception {
    Cli.Result result =
        natives("install", "--flavor", "cpu", "--from", fake("2.7.1+cpu").toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines().reduce((first, last) -> last).orElseThrow())
        .contains("does not work here")
        .contains("libtorch.so")
        .endsWith("nothing was changed");
    assertThat(Path.of(work, "natives.json")).doesNotExist();
  }

  @Test
  void anotherVersionIsRefusedInOneLine() throws Exception {
    Cli.Result result = natives("install", "--from", fake("2.11.0+cu130").toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .contains("is libtorch 2.11.0+cu130, but exactly this version is required: 2.7.1");
    assertThat(natives("install", "--flavor", "cu118").err()).contains("'cu118' is not one of");
  }

  @Test
  void whatIsGoneEndsACommandThatWouldComputeAndTheDoctorSaysWhatMendsIt() throws Exception {
    Path gone = folder.resolve("gone");
    Files.createDirectories(Path.of(work));
    Files.writeString(
        Path.of(work, "natives.json"),
        "{\"version\": \"2.7.1\", \"flavor\": \"cu128\", \"library\": \"" + gone + "\"}");
    Cli.Result run = Cli.here("inspect", "demo", "--work", work);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .hasLineCount(1)
        .contains(gone.toString())
        .contains("secateur natives install")
        .contains("secateur natives remove");
    Cli.Result doctor = Cli.here("doctor", "--device", "cpu", "--json", "--work", work);
    assertThat(doctor.code()).isEqualTo(1);
    JsonNode missing = Json.MAPPER.readTree(doctor.out()).get("missing").get(0);
    assertThat(missing.get("what").asText()).contains(gone.toString());
    assertThat(missing.get("mend").asText()).isEqualTo("secateur natives install");
    assertThat(natives("status").code()).isEqualTo(1);

    Files.writeString(Path.of(work, "natives.json"), "{}");
    assertThat(Cli.here("inspect", "demo", "--work", work).err())
        .hasLineCount(1)
        .contains("natives.json: does not say which native libraries to use");
  }

  @Test
  void aSubcommandMustBeNamed() {
    Cli.Result result = Cli.here("natives");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("install, status or remove");
  }
}
