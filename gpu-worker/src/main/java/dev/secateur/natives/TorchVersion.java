package dev.secateur.natives;

import dev.secateur.checkpoint.Sha256;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which version a libtorch is and of which CUDA, read from files; nothing is run. */
public final class TorchVersion {
  private static final Pattern TORCH = Pattern.compile("(?m)^__version__ *= *['\"]([^'\"]+)['\"]");
  private static final Pattern CUDA =
      Pattern.compile("(?m)^cuda(?: *:[^=]*)? *= *['\"]([^'\"]+)['\"]");
  private static final Pattern PROPERTY = Pattern.compile("(?m)^version *= *(\\S+)");
  private static final Pattern LOCAL = Pattern.compile("\\+cu(\\d\\d)(\\d)");
  private static final Pattern NUMBER = Pattern.compile("\\d+\\.\\d+\\.\\d+.*");

  /** Builds whose files say nothing, by libc10.so's hash: that of org.bytedeco:pytorch. */
  private static final Map<String, TorchVersion> BUILDS =
      Map.of(
          "55d36b557ca64518f33b110d70e7276731cae43032b9acd06a0cba69f514acc8",
          new TorchVersion(Optional.of("2.7.1"), Optional.of("12.9")));

  /** After the version, as the library's exporter of models has it among its strings. */
  private static final byte[] MARK = "\0Custom opset domain".getBytes(StandardCharsets.US_ASCII);

  private static final int LONGEST = 40;

  private final String torch; // null where it is unknown
  private final String cuda; // null where it is unknown

  TorchVersion(Optional<String> torch, Optional<String> cuda) {
    this.torch = torch.orElse(null);
    this.cuda = cuda.orElse(null);
  }

  /** If known. */
  public Optional<String> torch() {
    return Optional.ofNullable(torch);
  }

  /** What it was built for, if known. */
  public Optional<String> cuda() {
    return Optional.ofNullable(cuda);
  }

  /** What Python's package, libtorch's archive, a jar's description or the library itself says. */
  static TorchVersion of(Path library) throws IOException {
    Path above = library.resolve("..").normalize();
    Path python = above.resolve("version.py");
    if (Files.isRegularFile(python)) {
      return ofPython(Files.readString(python));
    }
    Path build = above.resolve("build-version");
    if (Files.isRegularFile(build)) {
      return ofBuild(Files.readString(build).strip());
    }
    Path jar = library.resolve("../../../../META-INF/maven/org.bytedeco/pytorch/pom.properties");
    if (Files.isRegularFile(jar.normalize())) {
      return new TorchVersion(ofProperties(Files.readString(jar.normalize())), Optional.of("12.9"));
    }
    Path c10 = library.resolve("libc10.so");
    TorchVersion known = Files.isRegularFile(c10) ? BUILDS.get(Sha256.of(c10)) : null;
    return known != null ? known : new TorchVersion(inside(library), Optional.empty());
  }

  private static TorchVersion ofPython(String text) {
    Optional<String> torch = group(TORCH, text);
    return new TorchVersion(torch, group(CUDA, text));
  }

  private static TorchVersion ofBuild(String text) {
    Matcher local = LOCAL.matcher(text);
    return new TorchVersion(
        Optional.of(text),
        local.find() ? Optional.of(local.group(1) + "." + local.group(2)) : Optional.empty());
  }

  /** The version in a jar's properties, without the packager's own behind a hyphen. */
  static Optional<String> ofProperties(String text) {
    return group(PROPERTY, text).map(version -> version.replaceFirst("-.*", ""));
  }

  private static Optional<String> group(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static Optional<String> inside(Path library) throws IOException {
    Path file = library.resolve("libtorch_cpu.so");
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = Math.min(channel.size(), Integer.MAX_VALUE);
      MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      for (int at = 0; at <= size - MARK.length; at++) {
        if (bytes.get(at) == 0 && isMark(bytes, at)) {
          return before(bytes, at);
        }
      }
      return Optional.empty();
    }
  }

  private static boolean isMark(MappedByteBuffer bytes, int at) {
    for (int i = 1; i < MARK.length; i++) {
      if (bytes.get(at + i) != MARK[i]) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> before(MappedByteBuffer bytes, int end) {
    int start = end;
    while (start > 0 && end - start < LONGEST && bytes.get(start - 1) != 0) {
      start--;
    }
    byte[] text = new byte[end - start];
    bytes.get(start, text);
    return Optional.of(new String(text, StandardCharsets.ISO_8859_1))
        .filter(found -> NUMBER.matcher(found).matches());
  }

  /** Why a version can't be used, in a sentence; empty where it can. */
  static Optional<String> problem(String where, Optional<String> found) {
    String number = found.map(text -> text.replaceFirst("[+-].*", "")).orElse("");
    if (number.equals(Flavor.VERSION)) {
      return Optional.empty();
    }
    return Optional.of(
        where
            + (found.isEmpty()
                ? ": is a libtorch of unknown version"
                : ": is libtorch " + found.get())
            + ", but exactly this version is required: "
            + Flavor.VERSION
            + ": DJL's native library is built for it and corrupts memory with any other"
            + (found.isEmpty() ? "; give the jar, or a torch/lib beside its version.py" : ""));
  }
}
