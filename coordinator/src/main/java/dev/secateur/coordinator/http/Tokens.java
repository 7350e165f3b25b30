package dev.secateur.coordinator.http;

import dev.secateur.protocol.InputException;
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
 * Who may use the API: a file with the SHA-256 of a bearer token to each line, and maybe when it
 * expires. The file is read at each request, so that a token can be withdrawn.
 */
public final class Tokens {
  private final Path file;
  private final InstantSource clock;

  private record Known(byte[] hash, Optional<Instant> expires) {}

  /**
   * @throws InputException when the file can't be read, or a line is no hash
   */
  public Tokens(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    read();
  }

  /** A line of the file for a token. */
  public static String line(String token, Optional<Instant> expires) {
    return HexFormat.of().formatHex(hash(token)) + expires.map(when -> " " + when).orElse("");
  }

  /** Whether the token is known and has not expired; takes as long for every token. */
  boolean accept(String token) {
    byte[] given = hash(token);
    boolean accepted = false;
    for (Known known : read()) {
      boolean same = MessageDigest.isEqual(known.hash, given);
      boolean alive = known.expires.isEmpty() || known.expires.get().isAfter(clock.instant());
      accepted |= same & alive;
    }
    return accepted;
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
          file + ":" + number + ": not a SHA-256 and maybe a time such as 2027-01-01T00:00:00Z", e);
    } catch (IOException e) {
      throw new InputException(file + ": the tokens can't be read: " + e.getMessage(), e);
    }
    return all;
  }

  private static Known known(String content) {
    String[] words = content.split("\\s+");
    if (words[0].length() != 64 || words.length > 2) {
      throw new IllegalArgumentException("not a hash");
    }
    return new Known(
        HexFormat.of().parseHex(words[0]),
        words.length == 2 ? Optional.of(Instant.parse(words[1])) : Optional.empty());
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
