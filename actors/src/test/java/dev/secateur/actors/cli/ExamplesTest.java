package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The experiments of the paper as sweeps, in gpu-worker/examples. */
class ExamplesTest {
  private static final Path ROOT = Path.of(System.getProperty("secateur.root", ".."));
  private static final Path EXAMPLES = ROOT.resolve("gpu-worker/examples");
  private static final Set<String> SHARED = Set.of("common.conf", "recovery.conf");

  @TempDir Path folder;

  static List<Path> sweeps() throws IOException {
    return Stream.concat(sweeps("paper").stream(), sweeps("demo").stream()).toList();
  }

  static List<Path> sweeps(String size) throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES.resolve(size))) {
      return files
          .filter(file -> !SHARED.contains(file.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("sweeps")
  void isPlannedFromShapesAlone(Path sweep) {
    String model = sweep.endsWith("chatglm.conf") ? "chatglm-6b" : "llama-7b";
    boolean isPaper = sweep.getParent().endsWith("paper");
    Path shape = EXAMPLES.resolve("shapes").resolve(model).toAbsolutePath().normalize();
    Cli.Result planned =
        Cli.here(
            "plan",
            sweep.toString(),
            "--shapes",
            "--set",
            "models=[\"" + (isPaper ? shape : "demo") + "\"]",
            "--work",
            folder.resolve("work").toString());
    assertThat(planned.code()).as(planned.err()).isZero();
    String name = sweep.getFileName().toString().replace(".conf", "");
    assertThat(planned.out()).startsWith(name + ": ").contains(" trials", "evaluation");
  }

  @Test
  void eachStandsInTheReadme() throws IOException {
    String readme = Files.readString(ROOT.resolve("gpu-worker/README.md"));
    Set<String> names =
        sweeps().stream()
            .map(file -> file.getFileName().toString())
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(names).allSatisfy(name -> assertThat(readme).contains("`" + name + "`"));
  }
}
