package dev.secateur.actors.node;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Finds out why a node is not taken up: connects to the seeds as the node does, with its own
 * certificate, and says what becomes of that.
 *
 * @param tls of this node, where it has any
 * @param host by which this node is known
 */
public record JoinProbe(List<Seed> seeds, Optional<Tls> tls, String host) {
  private static final int CONNECT_WITHIN_MILLIS = 5_000;
  private static final int ANSWER_WITHIN_MILLIS = 2_000;

  /** For a node with these settings. */
  public static JoinProbe of(List<Seed> seeds, NodeSettings settings) {
    return new JoinProbe(seeds, settings.tls(), settings.host());
  }

  /** What each seed says, in one line. Blocks for some seconds. */
  public String findings() {
    return seeds.stream()
        .map(seed -> seed + ": " + finding(seed))
        .collect(Collectors.joining("; "));
  }

  private String finding(Seed seed) {
    try (Socket socket = connect(seed)) {
      return tls.isPresent() ? overTls(socket, seed, tls.get()) : plain(socket, seed);
    } catch (UnknownHostException e) {
      return "no such host";
    } catch (ConnectException e) {
      return "nothing listens there";
    } catch (SocketTimeoutException e) {
      return "no connection within "
          + CONNECT_WITHIN_MILLIS / 1000
          + " s; the machine is away, or a firewall drops it";
    } catch (IOException e) {
      return "can't be reached: " + e.getMessage();
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
  private String plain(Socket socket, Seed seed) {
    try (SSLSocket secure = secure(socket, seed, TlsRefusal.askingAnybody())) {
      secure.startHandshake();
      return "it asks for TLS, which this node was started without; set secateur.tls.folder"
          + " (SECATEUR_TLS_FOLDER) to a folder with a certificate of the cluster's authority";
    } catch (IOException e) {
      return silent("");
    }
  }

  private String overTls(Socket socket, Seed seed, Tls own) {
    String ownProblem = own.problem(host).map(problem -> "; " + problem).orElse("");
    try (SSLSocket secure = secure(socket, seed, own.mutual())) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return afterHandshake(secure, ownProblem);
    } catch (IOException e) {
      return TlsRefusal.of(e) + ownProblem;
    }
  }

  /** With TLS 1.3 a client learns only when it reads whether its certificate was taken. */
  private String afterHandshake(SSLSocket secure, String ownProblem) {
    try {
      int first = secure.getInputStream().read();
      return first < 0 ? "it closes the connection" + ownProblem : silent(ownProblem);
    } catch (SocketTimeoutException e) {
      return silent(ownProblem);
    } catch (IOException e) {
      return TlsRefusal.of(e) + ownProblem;
    }
  }

  private static SSLSocket secure(Socket socket, Seed seed, javax.net.ssl.SSLContext context)
      throws IOException {
    return (SSLSocket)
        context.getSocketFactory().createSocket(socket, seed.host(), seed.port(), true);
  }

  /** What is left when the connection itself is in order. */
  private String silent(String ownProblem) {
    return ownProblem.isEmpty()
        ? "it answers, but does not take this node up; it must be a coordinator of this version that"
            + " is up, named as it was started (its --host and --port, not the API's port), and"
            + " reach this node at "
            + host
        : "it takes the connection, but can't make its own to this node" + ownProblem;
  }
}
