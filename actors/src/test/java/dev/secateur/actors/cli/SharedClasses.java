package dev.secateur.actors.cli;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The class path of the tests' processes, and an archive of the classes that a node loads
 * (application class-data sharing), by which the next ones start with half the work. It is made
 * once for a build, in {@code target/shared-classes}; all test processes use it. Where it can't be
 * made, or no longer fits the class path, Java starts without it.
 *
 * @param folder where jars of this build's folders of classes are, since only jars can be shared
 */
record SharedClasses(Path folder) {
  private static final String LOCK = "lock";
  private static final List<String> OPTIONS = prepare();

  /** Options of Java: the class path, and the archive if there is one. */
  static List<String> options() {
    return OPTIONS;
  }

  private static List<String> prepare() {
    try {
      List<Path> entries =
          Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
              .map(Path::of)
              .filter(Files::exists)
              .toList();
      Path all = Files.createDirectories(Path.of("target", "shared-classes").toAbsolutePath());
      try (FileChannel lock =
          FileChannel.open(
              all.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        lock.lock();
        Path folder = all.resolve(version(entries));
        removeOthers(all, folder);
        return new SharedClasses(folder).options(entries);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no class path for the tests' processes", e);
    }
  }

  /** What earlier builds left: an archive has about 100 MB. */
  private static void removeOthers(Path all, Path current) throws IOException {
    try (Stream<Path> files = Files.walk(all)) {
      files
          .filter(file -> !file.equals(all) && !file.endsWith(LOCK) && !file.startsWith(current))
          .sorted(Comparator.reverseOrder()) // what is in a folder goes first
          .forEach(file -> file.toFile().delete());
    }
  }

  /** Changes with each file of a folder and with each jar. */
  private static String version(List<Path> entries) throws IOException {
    StringBuilder all = new StringBuilder();
    for (Path entry : entries) {
      for (Path file : files(entry)) {
        all.append(file).append(' ').append(Files.size(file)).append(' ');
        all.append(Files.getLastModifiedTime(file)).append('\n');
      }
    }
    return UUID.nameUUIDFromBytes(all.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static List<Path> files(Path entry) throws IOException {
    try (Stream<Path> files = Files.walk(entry)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static List<Path> entries(Path classes) throws IOException {
    try (Stream<Path> all = Files.walk(classes)) {
      return all.filter(one -> !one.equals(classes)).sorted().toList();
    }
  }

  private List<String> options(List<Path> entries) throws IOException {
    Files.createDirectories(folder);
    String classPath =
        jars(entries).stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> options = new ArrayList<>(List.of("-cp", classPath));
    Path archive = folder.resolve("classes.jsa");
    if (!Files.exists(archive)) {
      make(archive, classPath);
    }
    if (Files.exists(archive)) {
      options.add("-XX:SharedArchiveFile=" + archive);
    }
    return options;
  }

  private List<Path> jars(List<Path> entries) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (Path entry : entries) {
      jars.add(Files.isDirectory(entry) ? jar(entry, jars.size()) : entry);
    }
    return jars;
  }

  private Path jar(Path classes, int number) throws IOException {
    Path jar = folder.resolve(number + "-" + classes.getFileName() + ".jar");
    if (Files.exists(jar)) {
      return jar;
    }
    Path part = folder.resolve("part.jar");
    try (OutputStream file = Files.newOutputStream(part);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setLevel(1);
      for (Path one : entries(classes)) {
        String name = classes.relativize(one).toString().replace('\\', '/');
        boolean isFolder = Files.isDirectory(one); // which class loaders list only if it is there
        zip.putNextEntry(new ZipEntry(isFolder ? name + "/" : name));
        if (!isFolder) {
          Files.copy(one, zip);
        }
        zip.closeEntry();
      }
    }
    return Files.move(part, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Starts a coordinator, and has it leave an archive of what it loaded. */
  private void make(Path archive, String classPath) throws IOException {
    Path part = folder.resolve("part.jsa");
    Files.deleteIfExists(part);
    Path said = folder.resolve("said.txt");
    List<String> command = Cli.java();
    command.add("-XX:ArchiveClassesAtExit=" + part);
    command.addAll(List.of("-cp", classPath, Main.class.getName(), "node"));
    command.addAll(List.of("--role", "coordinator", "--port", "0", "--http-port", "0"));
    command.addAll(List.of("--work", folder.resolve("work").toString()));
    Process node =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      while (node.isAlive() && !Files.readString(said).contains("API: ")) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      node.destroy();
      node.waitFor();
    } catch (InterruptedException e) {
      node.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    if (Files.exists(part)) {
      Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
