package dev.secateur.actors.node;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Finds out why a node cannot join: connects to the seeds as the node does, with its own
 * certificate, and reports the result.
 */
public final class JoinProbe {
  private static final int CONNECT_WITHIN_MILLIS = 5_000;
  private static final int ANSWER_WITHIN_MILLIS = 10_000;
  private static final int OBJECT_WITHIN_MILLIS = 2_000;

  private final List<Seed> seeds;
  private final Tls own; // null: the node has no certificates
  private final String host;

  /**
   * @param own the node's certificates, if it has any
   * @param host by which the node is known
   */
  JoinProbe(List<Seed> seeds, Optional<Tls> own, String host) {
    this.seeds = seeds;
    this.own = own.orElse(null);
    this.host = host;
  }

  /** For a node with these settings. */
  public static JoinProbe of(List<Seed> seeds, NodeSettings settings) {
    return new JoinProbe(seeds, settings.tls(), settings.host());
  }

  public List<Seed> seeds() {
    return seeds;
  }

  /**
   * What was found.
   *
   * @param text of each seed, in one line
   * @param refused whether a connection fails, rather than that nothing is wrong with any
   */
  public record Findings(String text, boolean refused) {}

  /** Asks each seed. Blocks for some seconds. */
  public Findings findings() {
    List<String> texts = new ArrayList<>();
    boolean refused = false;
    for (Seed seed : seeds) {
      Optional<String> refusal = refusal(seed);
      texts.add(seed + ": " + refusal.orElseGet(this::unclear));
      refused |= refusal.isPresent();
    }
    return new Findings(String.join("; ", texts), refused);
  }

  private Optional<String> refusal(Seed seed) {
    try (Socket socket = connect(seed)) {
      return own == null ? plain(socket, seed) : overTls(socket, seed);
    } catch (UnknownHostException e) {
      return Optional.of("no such host");
    } catch (ConnectException e) {
      return Optional.of("nothing listens there");
    } catch (SocketTimeoutException e) {
      return Optional.of(
          "no connection within "
              + CONNECT_WITHIN_MILLIS / 1000
              + " s; the machine is down, or a firewall drops packets");
    } catch (IOException e) {
      return Optional.of("can't be reached: " + e.getMessage());
    }
  }

  private static Socket connect(Seed seed) throws IOException {
    InetSocketAddress address = new InetSocketAddress(seed.host(), seed.port());
    if (address.isUnresolved()) {
      throw new UnknownHostException(seed.host());
    }
    Socket socket = new Socket();
    try {
      socket.connect(address, CONNECT_WITHIN_MILLIS);
      socket.setSoTimeout(ANSWER_WITHIN_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** A node without TLS: does the other want it? */
  private static Optional<String> plain(Socket socket, Seed seed) {
    try {
      return speaksTls(socket, seed)
          ? Optional.of(
              "it requires TLS, but this node was started without it; set secateur.tls.folder"
                  + " (SECATEUR_TLS_FOLDER) to a folder with a certificate of the cluster's"
                  + " authority")
          : Optional.empty(); // a node closes what does not speak its protocol
    } catch (SocketTimeoutException e) {
      return Optional.of(
          "it accepts the connection but does not answer; it hangs, or is not a node of a cluster");
    }
  }

  private static boolean speaksTls(Socket socket, Seed seed) throws SocketTimeoutException {
    TlsRefusal.Anybody anybody = new TlsRefusal.Anybody();
    try (SSLSocket secure = secure(socket, seed, anybody.context())) {
      secure.startHandshake();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return anybody.speaksTls(); // how the connection ended says nothing
    }
    return true;
  }

  /** Whether TLS is spoken there, on a connection of its own. */
  private static boolean speaksTls(Seed seed) {
    try (Socket socket = connect(seed)) {
      return speaksTls(socket, seed);
    } catch (IOException e) {
      return false;
    }
  }

  private Optional<String> overTls(Socket socket, Seed seed) {
    String ownProblem = own.problem(host).map(problem -> "; " + problem).orElse("");
    try (SSLSocket secure = secure(socket, seed, own.mutual())) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      secure.setSoTimeout(OBJECT_WITHIN_MILLIS);
      return afterHandshake(secure, ownProblem);
    } catch (IOException e) {
      return Optional.of(TlsRefusal.of(e, speaksTls(seed)) + ownProblem);
    }
  }

  /** With TLS 1.3 a client learns only when it reads whether its certificate was taken. */
  private static Optional<String> afterHandshake(SSLSocket secure, String ownProblem)
      throws IOException {
    try {
      if (secure.getInputStream().read() < 0) {
        return Optional.of("it closes the connection" + ownProblem);
      }
    } catch (SocketTimeoutException e) {
      // it has nothing against the certificate
    } catch (SocketException e) {
      return Optional.of(TlsRefusal.OF_CERTIFICATE + ", and closes the connection" + ownProblem);
    }
    return ownProblem.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it accepts the connection, but can't connect back to this node" + ownProblem);
  }

  private static SSLSocket secure(Socket socket, Seed seed, SSLContext context) throws IOException {
    return (SSLSocket)
        context.getSocketFactory().createSocket(socket, seed.host(), seed.port(), true);
  }

  /** What is left when the connection itself is in order. */
  private String unclear() {
    return "it answers, but does not accept this node; it must be a running coordinator of"
        + " this version, given by its --host and --port (not the API's port), and must reach"
        + " this node at "
        + host;
  }
}
