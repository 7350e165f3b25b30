package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Refuses to expose a node without protection: except on loopback, the cluster's port requires
 * mutual TLS and the API a token, unless the settings explicitly allow insecure operation.
 */
final class Exposure {
  private Exposure() {}

  /**
   * @param servesApi whether the node serves the API
   * @throws InputException when something would be open to the network without protection
   */
  static void check(NodeSettings settings, boolean servesApi) {
    if (settings.isInsecure()) {
      return;
    }
    String host = settings.config().getString("akka.remote.artery.canonical.hostname");
    boolean tls = settings.config().getString("akka.remote.artery.transport").equals("tls-tcp");
    if (!isLoopback(host) && !tls) {
      throw new InputException(
          host
              + ": without TLS, anyone who reaches the cluster's port controls this node;"
              + " create certificates with 'secateur certs init DIR' and set"
              + " secateur.tls.folder, or set secateur.insecure = true");
    }
    String api = settings.http().host();
    if (servesApi && !isLoopback(api) && (settings.tokens().isEmpty() || !tls)) {
      throw new InputException(
          api
              + ": the API would be open to anyone who reaches it; create a token with"
              + " 'secateur token FILE', set secateur.http.tokens and secateur.tls.folder, or"
              + " set secateur.insecure = true");
    }
  }

  /** Whether workers of other machines may join and could not reach the API. */
  static boolean hidesStore(NodeSettings settings) {
    return !isLoopback(settings.host()) && isLoopback(settings.http().host());
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new InputException(host + ": no such host", e);
    }
  }
}
