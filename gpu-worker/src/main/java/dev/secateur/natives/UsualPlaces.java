package dev.secateur.natives;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The usual places of Python packages and CUDA libraries.
 *
 * @param environment variables, of which VIRTUAL_ENV, CONDA_PREFIX and PATH are used
 * @param root of the file system
 */
public record UsualPlaces(Map<String, String> environment, Path home, Path root) {
  /** Those of this process. */
  public static UsualPlaces ofThisMachine() {
    return new UsualPlaces(System.getenv(), Path.of(System.getProperty("user.home")), Path.of("/"));
  }

  /** Every libtorch that lies there, the user's own environments first. */
  public List<TorchFolder> torches() throws IOException {
    List<TorchFolder> found = new ArrayList<>();
    for (Path folder : candidates()) {
      TorchFolder.in(folder).ifPresent(found::add);
    }
    return found;
  }

  private Set<Path> candidates() {
    Set<Path> all = new LinkedHashSet<>();
    packages().forEach(each -> all.add(each.resolve("torch/lib")));
    all.addAll(matching(root.resolve("opt"), "*"));
    return all;
  }

  /** Folders of packages. */
  private Set<Path> packages() {
    Set<Path> all = new LinkedHashSet<>();
    for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String prefix = environment.getOrDefault(name, "");
      if (!prefix.isEmpty()) {
        all.addAll(below(Path.of(prefix)));
      }
    }
    all.addAll(below(home.resolve(".local")));
    Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .map(Path::of)
        .filter(bin -> bin.isAbsolute() && Files.exists(bin.resolve("python3")))
        .forEach(bin -> all.addAll(below(bin.resolveSibling(""))));
    Stream.of("usr", "usr/local").forEach(each -> all.addAll(below(root.resolve(each))));
    matching(root.resolve("opt"), "*").forEach(each -> all.addAll(below(each)));
    return all;
  }

  /** Folders of packages of an installation of Python. */
  static List<Path> below(Path prefix) {
    return Stream.of("lib", "lib64")
        .flatMap(lib -> matching(prefix.resolve(lib), "python3*").stream())
        .flatMap(python -> Stream.of("site-packages", "dist-packages").map(python::resolve))
        .filter(Files::isDirectory)
        .toList();
  }

  /** Folders that may hold CUDA's libraries: packages of Python and the toolkit's own. */
  List<Path> cuda() {
    List<Path> all = new ArrayList<>();
    packages()
        .forEach(
            each ->
                matching(each.resolve("nvidia"), "*").forEach(one -> all.add(one.resolve("lib"))));
    matching(root.resolve("usr/local"), "cuda*")
        .forEach(
            toolkit -> {
              all.add(toolkit.resolve("lib64"));
              all.add(toolkit.resolve("extras/CUPTI/lib64"));
            });
    all.add(root.resolve("usr/lib/x86_64-linux-gnu"));
    all.add(root.resolve("usr/lib64"));
    return all.stream().filter(Files::isDirectory).toList();
  }

  private static List<Path> matching(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
      files.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of(); // not the user's to read
    }
    found.sort(null);
    return found;
  }
}
