package dev.secateur.actors.cli;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The script {@code secateur} as a distribution has it, with the classes of this build. */
record Launcher(Path folder) {
  /** Makes a distribution at a folder. */
  static Launcher at(Path folder) throws IOException {
    Path script = Path.of(System.getProperty("secateur.root", ".."), "actors/bin/secateur");
    Files.createDirectories(folder.resolve("bin"));
    Files.createDirectories(folder.resolve("lib"));
    Files.copy(script, folder.resolve("bin/secateur"), StandardCopyOption.COPY_ATTRIBUTES);
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath());
    try (OutputStream file = Files.newOutputStream(folder.resolve("lib/all.jar"))) {
      new JarOutputStream(file, manifest).close();
    }
    return new Launcher(folder);
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toUri().toString())
        .collect(Collectors.joining(" "));
  }

  /**
   * Runs a line of a shell, in which $S is the script, under a locale without UTF-8.
   *
   * @param environment further variables
   */
  Cli.Result shell(String line, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder shell =
        new ProcessBuilder(List.of("bash", "-o", "pipefail", "-c", line))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> all = new HashMap<>(environment);
    all.put("S", folder.resolve("bin/secateur").toString());
    all.put("LC_ALL", "C");
    shell.environment().putAll(all);
    Process process = shell.start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new IllegalStateException("still running: " + line + ": " + Files.readString(err));
    }
    return new Cli.Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
