package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS of a node from the folder that {@code secateur certs init} made for its host: mutual between
 * nodes, and of the server for the API.
 *
 * @param password of all stores in the folder
 */
public record Tls(Path node, Path trust, String password) {
  /**
   * @param host by which the node is known
   * @throws InputException when the folder lacks a file
   */
  static Tls of(Path folder, String host) {
    for (String name : List.of(Certificates.NODE, Certificates.TRUST)) {
      if (!Files.isReadable(folder.resolve(name))) {
        throw new InputException(folder.resolve(name) + ": no such file; " + hint(folder, host));
      }
    }
    return new Tls(
        folder.resolve(Certificates.NODE),
        folder.resolve(Certificates.TRUST),
        password(folder.resolve(Certificates.PASSWORD)));
  }

  private static String hint(Path folder, String host) {
    Path own = Certificates.folder(folder, host);
    return Files.isDirectory(own)
        ? "secateur.tls.folder is the folder of one host, " + own
        : "create it with 'secateur certs init DIR " + host + "' and copy DIR/" + own.getFileName();
  }

  private static String password(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new InputException(file + ": the certificates' password can't be read", e);
    }
  }

  /** Akka's settings. */
  Map<String, Object> settings() {
    String engine = "akka.remote.artery.ssl.config-ssl-engine.";
    Map<String, Object> settings = new HashMap<>();
    settings.put("akka.remote.artery.transport", "tls-tcp");
    settings.put(engine + "key-store", node.toString());
    settings.put(engine + "key-store-password", password);
    settings.put(engine + "key-password", password);
    settings.put(engine + "trust-store", trust.toString());
    settings.put(engine + "trust-store-password", password);
    settings.put(engine + "protocol", "TLSv1.3");
    settings.put(
        engine + "enabled-algorithms", List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"));
    settings.put(engine + "hostname-verification", "on");
    return settings;
  }

  /** For the API's server. */
  SSLContext server() {
    try {
      return context(keys(), null);
    } catch (IOException | GeneralSecurityException e) {
      throw new InputException(node + ": can't be used: " + e.getMessage(), e);
    }
  }

  /** For a node that speaks to another as Akka does. */
  SSLContext mutual() {
    try {
      return context(keys(), trusted(opened(trust)));
    } catch (IOException | GeneralSecurityException e) {
      throw new InputException(node + ": can't be used: " + e.getMessage(), e);
    }
  }

  /** What is wrong with the node's own certificate, where it is known by this host. */
  Optional<String> problem(String host) {
    try {
      KeyStore store = opened(node);
      for (String alias : Collections.list(store.aliases())) {
        if (store.getCertificate(alias) instanceof X509Certificate certificate) {
          return CertificateNames.problem(certificate, host).map(what -> node + " " + what);
        }
      }
      return Optional.of(node + " holds no certificate");
    } catch (IOException | GeneralSecurityException e) {
      return Optional.of(node + " can't be used: " + e.getMessage());
    }
  }

  private KeyStore opened(Path file) throws IOException, GeneralSecurityException {
    try (InputStream content = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(content, password.toCharArray());
      return store;
    }
  }

  private KeyManager[] keys() throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(opened(node), password.toCharArray());
    return keys.getKeyManagers();
  }

  /** For a node that asks another's API. */
  SSLContext asking() {
    try {
      return context(null, trusted(opened(trust)));
    } catch (IOException | GeneralSecurityException e) {
      throw new InputException(trust + ": can't be used: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trusted(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    return trusted.getTrustManagers();
  }

  private static SSLContext context(KeyManager[] keys, TrustManager[] trusted)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys, trusted, null);
    return context;
  }

  /** The stores' password reaches no log. */
  @Override
  public String toString() {
    return "Tls[" + node + "]";
  }

  /** What a client trusts. */
  public static SSLContext client(Path authority) {
    try (InputStream content = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(content));
      return context(null, trusted(store));
    } catch (IOException | GeneralSecurityException e) {
      throw new InputException(authority + ": not a certificate that can be read", e);
    }
  }
}
