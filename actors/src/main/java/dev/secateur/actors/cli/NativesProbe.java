package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import dev.secateur.natives.Installation;
import dev.secateur.natives.Natives;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Tests native libraries in a separate process, since wrong ones crash it: the doctor's self-test,
 * on the processor.
 */
final class NativesProbe implements Installation.Trial {
  private final Path work;

  NativesProbe(Path work) {
    this.work = work;
  }

  @Override
  public void run(Natives natives) throws IOException {
    Optional<String> problem = problem(natives);
    if (problem.isPresent()) {
      throw new InputException(
          natives.library() + " does not work here: " + problem.get() + "; nothing was changed");
    }
  }

  /** Why they don't compute; empty where they do. */
  Optional<String> problem(Natives natives) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command(natives)).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().keySet().removeIf(key -> key.startsWith("PYTORCH_"));
    Process process = builder.start();
    process.getOutputStream().close();
    byte[] said = process.getInputStream().readAllBytes();
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while testing native libraries", e);
    }
    if (code > 128) {
      return Optional.of("its process crashed (signal " + (code - 128) + ")");
    }
    JsonNode doctor = said.length == 0 ? null : Json.MAPPER.readTree(said);
    if (doctor != null && doctor.has("self-test")) {
      return Optional.empty();
    }
    String problems =
        doctor == null
            ? ""
            : StreamSupport.stream(doctor.path("problems").spliterator(), false)
                .map(problem -> problem.asText().lines().findFirst().orElse(""))
                .collect(Collectors.joining("; "));
    return Optional.of(problems.isEmpty() ? "its process ended with exit code " + code : problems);
  }

  private List<String> command(Natives natives) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-XX:+SuppressFatalErrorMessage");
    natives.properties().forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("doctor", "--json", "--device", "cpu", "--work", work.toString()));
    return command;
  }
}
