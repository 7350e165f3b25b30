package dev.secateur.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files beside a configuration, put into it. */
class IncludesTest {
  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return file;
  }

  private static SweepConfig read(String text, String file) {
    return SweepConfigReader.read(text, file, new FakeSources("/models"));
  }

  private static SweepConfig read(Path file) {
    return read(Includes.expand(file), file.toString());
  }

  private void refused(String text, String... told) throws IOException {
    Path file = write("sweep.conf", text);
    for (String one : told) {
      assertThatThrownBy(() -> read(file))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(one.replace("FOLDER", folder.toString()));
    }
  }

  @Test
  void putsFilesAtTheTopAndWithinSections() throws IOException {
    write(
        "grid/base.conf",
        "# what all have\nmodels = [a, b]\nratios = [0.2]\ninclude \"more.conf\"\n");
    write("grid/more.conf", "criteria = [l2]");
    write("lora.json", "{\n  \"rank\": 4,\n  \"alpha\": 8\n}\n");
    Path file =
        write(
            "sweep.conf",
            "include \"grid/base.conf\"\nseed = 7\nrecovery { include file(\"lora.json\"), steps = 5 }\n"
                + "include required(\"grid/empty.conf\"), name = end\nratios = [0.3]\n");
    write("grid/empty.conf", "");
    SweepConfig config = read(file);
    assertThat(config.models()).containsExactly("a", "b");
    assertThat(config.ratios().toString()).isEqualTo("[0.3]");
    assertThat(config.criteria()).containsExactly(dev.secateur.protocol.Criterion.L2);
    assertThat(config.recovery().orElseThrow().tuning().rank()).isEqualTo(4);
    assertThat(config.recovery().orElseThrow().tuning().budget().steps()).contains(5);
    assertThat(config.name()).isEqualTo("end");
  }

  @Test
  void whatIsExpandedStandsForItself() throws IOException {
    write("base.conf", "models = [a]\nratios = [0.2]\n");
    Path file = write("sweep.conf", "include \"base.conf\"\nseed = 7\n");
    String text = Includes.expand(file);
    Path elsewhere = write("elsewhere/sweep.conf", text);
    assertThat(Includes.expand(elsewhere)).isEqualTo(text);
    assertThat(read(elsewhere)).isEqualTo(read(file));
  }

  @Test
  void aTextWithoutIncludesIsAsItWas() throws IOException {
    String text =
        "text = \"include \\\"a\\\"\" // include \"b\"\n# include \"c\"\nkeys = [include \"d\"]\n"
            + "e =\n  include \"f\"\nmyinclude \"g\"\nh = \"\"\"\ninclude \"i\"\n\"\"\"\n";
    assertThat(Includes.expand(write("sweep.conf", text))).isEqualTo(text);
  }

  @Test
  void mistakesNameTheIncludedFileAndItsLine() throws IOException {
    write("base.conf", "models = [a]\n\nratios = [0.2]\nsede = 1\n");
    write("lora.conf", "{\n  rank = 8\n  alpha = many }");
    refused(
        "# mine\ninclude \"base.conf\"\nrecovery { include \"lora.conf\", stepps = 3 }\nattempts = 0\n",
        "FOLDER/base.conf:4: unknown key 'sede'",
        "FOLDER/lora.conf:3: 'recovery.alpha'",
        "FOLDER/sweep.conf:3: unknown key 'recovery.stepps'",
        "FOLDER/sweep.conf:4: 'attempts'");
  }

  @Test
  void mistakesOfSyntaxAndCutValuesDoToo() throws IOException {
    write("base.conf", "models = [a]\nratios = ]\n");
    refused("seed = 1\ninclude \"base.conf\"\n", "FOLDER/base.conf:2: ");
    write("base.conf", "models = [a]\ncalibration.text = rows.jsonl#story\n");
    refused("seed = 1\ninclude \"base.conf\"\n", "FOLDER/base.conf:2: 'calibration.text' is cut");
    write("base.conf", "models = [a]\nratios = ${none}\n");
    refused("seed = 1\ninclude \"base.conf\"\n", "FOLDER/base.conf:2: ");
  }

  @Test
  void theCoordinatorNamesThemAsTheClientDoes() throws IOException {
    write("base.conf", "models = [a]\nratios = [7]\n");
    String text = Includes.expand(write("sweep.conf", "include \"base.conf\"\n"));
    assertThatThrownBy(() -> read(text, "sweeps/sweep.conf"))
        .hasMessageContaining("sweeps/base.conf:2: 'ratios[0]'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "seed = 1\\ninclude \"none.conf\" | :2: includes 'none.conf'; there is no such file",
        "include \"inner/..\" | :1: includes 'inner/..'; there is no such file",
        "include \"../outside.conf\" | :1: includes '../outside.conf', which is not in the folder",
        "include \"link.conf\" | :1: includes 'link.conf', which is not in the folder",
        "include url(\"file:///etc/passwd\") | :1: includes 'file:///etc/passwd'; only files",
        "include \"http://127.0.0.1:1/a.conf\" | :1: includes 'http://127.0.0.1:1/a.conf'; only files",
        "include classpath(\"reference.conf\") | :1: includes 'reference.conf'; only files",
        "a { include \"sweep.conf\" } | :1: includes 'sweep.conf', which includes this file again",
      })
  void refusesWhatIsNotBesideIt(String text, String told) throws IOException {
    Path inner = folder.resolve("inner");
    Files.createDirectories(inner);
    Files.writeString(folder.resolve("outside.conf"), "seed = 1\n");
    Files.createSymbolicLink(inner.resolve("link.conf"), folder.resolve("outside.conf"));
    Path file = inner.resolve("sweep.conf");
    Files.writeString(file, text.replace("\\n", "\n"));
    assertThatThrownBy(() -> Includes.expand(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + told);
  }

  @Test
  void refusesCirclesOfSeveralFiles() throws IOException {
    write("a.conf", "seed = 1\n\ninclude \"b.conf\"\n");
    write("b.conf", "x { include \"sweep.conf\" }");
    refused(
        "include \"a.conf\"\n",
        "FOLDER/b.conf:1: includes 'sweep.conf', which includes this file again; break the cycle");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a = 1\nb {\n", "a = 1\n}\n", "[1,\n2]", "a = 1\nb = [1\n"})
  void refusesPartsOfOtherFiles(String text) throws IOException {
    write("part.conf", text);
    refused("include \"part.conf\"\n", "FOLDER/part.conf:");
  }

  @Test
  void limitsHowMuchIsIncluded() throws IOException {
    write("none.conf", "");
    refused("include \"none.conf\"\n".repeat(101), "sweep.conf:101: include number 101");
    write("0.conf", "a = \"" + "x".repeat(1000) + "\"\n");
    for (int i = 1; i < 14; i++) {
      write(i + ".conf", ("include \"" + (i - 1) + ".conf\"\n").repeat(2));
    }
    refused("include \"13.conf\"\n", "include number 101");
  }

  @Test
  void readsNoEnvironment() throws IOException {
    write("base.conf", "models = [a]\nratios = [0.2]\nname = ${HOME}\n");
    refused("include \"base.conf\"\n", "FOLDER/base.conf:3: ", "HOME");
  }
}
