package dev.secateur.coordinator.http;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The bearer tokens that may use the API: a file with one SHA-256 per line, optionally with its
 * expiry and its owner, {@code name=ana}. The file is read at each request, so that a token can be
 * revoked.
 */
public final class Tokens {
  private static final String NAME = "name=";
  private static final int HASH_DIGITS = 64;
  private static final int UNNAMED_DIGITS = 8;
  private static final int SHOWN = 80;

  private final Path file;
  private final InstantSource clock;

  /**
   * @param expires {@link Instant#MAX} where it never does
   */
  private record Known(byte[] hash, Instant expires, String name) {}

  /**
   * @throws InputException when the file can't be read, or a line is no hash
   */
  public Tokens(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    read();
  }

  /** A line of the file for a token. */
  public static String line(String token, Optional<Instant> expires, Optional<String> name) {
    name.filter(given -> !SweepConfig.isName(given))
        .ifPresent(
            given -> {
              throw new InputException(
                  "the name of a token is '"
                      + OneLine.of(given, SHOWN)
                      + "'; allowed are letters, digits, '.', '_' and '-', 64 at most");
            });
    return HexFormat.of().formatHex(hash(token))
        + expires.map(when -> " " + when).orElse("")
        + name.map(given -> " " + NAME + given).orElse("");
  }

  /** Whether the token is known and has not expired; takes as long for every token. */
  boolean accept(String token) {
    return owner(token).isPresent();
  }

  /**
   * Whose a token is that is known and has not expired: its name, or {@code token-} and the first 8
   * digits of its hash where it has none. Takes as long for every token.
   */
  Optional<String> owner(String token) {
    byte[] given = hash(token);
    Optional<String> owner = Optional.empty();
    for (Known known : read()) {
      boolean same = MessageDigest.isEqual(known.hash, given);
      boolean alive = known.expires.isAfter(clock.instant());
      if (same && alive) {
        owner = Optional.of(known.name);
      }
    }
    return owner;
  }

  private List<Known> read() {
    List<Known> all = new ArrayList<>();
    int number = 0;
    try {
      for (String line : Files.readAllLines(file)) {
        number++;
        String content = line.replaceFirst("#.*", "").strip();
        if (!content.isEmpty()) {
          all.add(known(content));
        }
      }
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new InputException(
          file
              + ":"
              + number
              + ": not a SHA-256, optionally followed by a time such as 2027-01-01T00:00:00Z"
              + " and by name=NAME",
          e);
    } catch (IOException e) {
      throw new InputException(file + ": the tokens can't be read: " + e.getMessage(), e);
    }
    return all;
  }

  private static Known known(String content) {
    List<String> words = new ArrayList<>(List.of(content.split("\\s+")));
    String hash = words.remove(0);
    if (hash.length() != HASH_DIGITS) {
      throw new IllegalArgumentException("not a hash");
    }
    byte[] bytes = HexFormat.of().parseHex(hash);
    String name = "token-" + HexFormat.of().formatHex(bytes).substring(0, UNNAMED_DIGITS);
    int last = words.size() - 1;
    if (last >= 0 && words.get(last).startsWith(NAME)) {
      name = words.remove(last).substring(NAME.length());
    }
    if (words.size() > 1 || !SweepConfig.isName(name)) {
      throw new IllegalArgumentException("not a time and a name");
    }
    return new Known(
        bytes, words.stream().findFirst().map(Instant::parse).orElse(Instant.MAX), name);
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
