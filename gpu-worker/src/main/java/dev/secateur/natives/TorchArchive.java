package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A jar that holds libtorch, as org.bytedeco and DJL make them, or libraries that it needs. */
record TorchArchive(Path jar) {
  private static final List<String> DESCRIPTIONS =
      List.of(
          "META-INF/maven/org.bytedeco/pytorch/pom.properties", "native/lib/pytorch.properties");
  private static final Pattern LIBRARY =
      Pattern.compile("(?:.*/)?((?!libjni)[^/]+\\.so(?:\\.\\d+)*)");

  /** The version that its description tells. */
  Optional<String> version() throws IOException {
    try (ZipFile zip = open()) {
      for (String name : DESCRIPTIONS) {
        ZipEntry entry = zip.getEntry(name);
        if (entry != null) {
          try (InputStream text = zip.getInputStream(entry)) {
            return TorchVersion.ofProperties(
                new String(text.readAllBytes(), StandardCharsets.UTF_8));
          }
        }
      }
      return Optional.empty();
    }
  }

  /** Whether it has a library of that name. */
  boolean has(String library) throws IOException {
    try (ZipFile zip = open()) {
      return zip.stream().anyMatch(entry -> name(entry).filter(library::equals).isPresent());
    }
  }

  /** Writes its libraries of accepted names into a folder, each forced to disk. */
  void unpack(Path folder, Predicate<String> accepted) throws IOException {
    Files.createDirectories(folder);
    try (ZipFile zip = open()) {
      for (ZipEntry entry : zip.stream().toList()) {
        Optional<String> name = name(entry).filter(accepted);
        if (name.isPresent()) {
          try (InputStream bytes = zip.getInputStream(entry)) {
            write(bytes, folder.resolve(name.get()));
          }
        }
      }
    }
  }

  static void write(InputStream bytes, Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      bytes.transferTo(Channels.newOutputStream(channel));
      channel.force(true);
    }
  }

  private static Optional<String> name(ZipEntry entry) {
    var matcher = LIBRARY.matcher(entry.getName());
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private ZipFile open() throws IOException {
    try {
      return new ZipFile(jar.toFile());
    } catch (ZipException e) {
      throw new InputException(jar + ": is not a jar, or is damaged (" + e.getMessage() + ")", e);
    }
  }
}
