package dev.secateur.natives;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Where libtorch for CUDA is downloaded from.
 *
 * @param djl DJL's own, whose files are complete: libtorch and the CUDA libraries that it needs
 * @param maven Maven Central, or a mirror
 */
public record Repositories(URI djl, URI maven) {
  public static final String DJL = "https://publish.djl.ai/pytorch";
  public static final String MAVEN = "https://repo.maven.apache.org/maven2";

  private static final String PLATFORM = "/linux-x86_64/";

  /** Jars of Maven Central: libtorch, and of what it needs all but CUDA's largest libraries. */
  private static final List<Jar> JARS =
      List.of(
          new Jar(
              "pytorch",
              "2.7.1-1.5.12",
              "linux-x86_64-gpu",
              "ae03b1a186d512e46c89b5de7f7b3ff6dc7fcaee5efb042491655d9f38437293"),
          new Jar(
              "openblas",
              "0.3.30-1.5.12",
              "linux-x86_64",
              "d7a602fc3d3254fb51b7f75595f4cce0c0ef0799d8874c6efd3d8b45e4c4083a"),
          new Jar(
              "cuda-redist",
              "12.9-9.10-1.5.12",
              "linux-x86_64",
              "1a6ec3603adc1a0e383d6a7286f5dec69ae929a16ec3548db29ea3a0d2358eca"));

  /** A jar of org.bytedeco. */
  private record Jar(String artifact, String version, String classifier, String sha256) {
    String name() {
      return artifact + "-" + version + "-" + classifier + ".jar";
    }

    String path() {
      return "/org/bytedeco/" + artifact + "/" + version + "/" + name();
    }
  }

  /** Downloads what DJL publishes of a flavor into a folder. */
  void fromDjl(Flavor flavor, Download download, Path library) throws IOException {
    String base = djl + "/" + Flavor.VERSION + "/";
    Path index = download.fetch(URI.create(base + "files.txt"), "files.txt", Optional.empty());
    List<String> files =
        Files.readAllLines(index).stream()
            .map(String::strip)
            .filter(line -> line.startsWith(flavor.label() + PLATFORM) && line.endsWith(".gz"))
            .toList();
    Files.delete(index);
    if (files.isEmpty()) {
      throw new FileNotFoundException(
          base + "files.txt: names no files of " + flavor.label() + PLATFORM);
    }
    Files.createDirectories(library);
    for (String file : files) {
      String packed =
          URLDecoder.decode(file.substring(file.lastIndexOf('/') + 1), StandardCharsets.UTF_8);
      Path name = Path.of(packed.substring(0, packed.length() - ".gz".length())).getFileName();
      Path part = download.fetch(URI.create(base + file), packed, Optional.empty());
      try (InputStream bytes = new GZIPInputStream(Files.newInputStream(part))) {
        TorchArchive.write(bytes, library.resolve(name));
      } catch (ZipException | EOFException e) {
        Files.delete(part);
        throw new IOException(base + file + ": the downloaded file is damaged; it was removed", e);
      }
    }
  }

  /** Downloads the jars of Maven Central and unpacks them into a folder. */
  void fromMaven(Download download, Path library) throws IOException {
    for (Jar jar : JARS) {
      Path file =
          download.fetch(URI.create(maven + jar.path()), jar.name(), Optional.of(jar.sha256));
      boolean torch = jar.artifact.equals("pytorch");
      new TorchArchive(file).unpack(library, name -> torch || CudaLibraries.knows(name));
    }
  }
}
