package dev.secateur.actors.node;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Why two nodes could not agree on TLS, in words. */
final class TlsRefusal {
  static final String OF_CERTIFICATE = "it refuses this node's certificate";
  private static final Pattern ALERT = Pattern.compile("fatal alert: (\\w+)");

  private TlsRefusal() {}

  /**
   * What a failure of the handshake, or of the first read after it, means.
   *
   * @param speaksTls whether the other is known to
   */
  static String of(IOException failure, boolean speaksTls) {
    Matcher alert = ALERT.matcher(String.valueOf(failure.getMessage()));
    if (alert.find()) {
      return OF_CERTIFICATE
          + " (alert "
          + alert.group(1)
          + "): it is from another authority, expired or damaged";
    }
    Optional<String> certificate = ofCertificate(failure);
    if (certificate.isPresent()) {
      return certificate.get();
    }
    boolean garbled =
        failure instanceof SSLException
            && String.valueOf(failure.getMessage()).contains("unrecognized SSL message");
    if (failure instanceof SSLException && !garbled) {
      return "TLS failed: " + failure.getMessage();
    }
    return speaksTls
        ? OF_CERTIFICATE + ", and closes the connection"
        : "it does not use TLS, but this node does; start both with certificates of one authority";
  }

  /** What this node has against the other's certificate. */
  private static Optional<String> ofCertificate(Throwable failure) {
    boolean untrusted = false;
    String names = "";
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof CertificateExpiredException) {
        return Optional.of("its certificate has expired (" + at.getMessage() + ")");
      } else if (at instanceof CertificateNotYetValidException) {
        return Optional.of("its certificate is not valid yet (" + at.getMessage() + ")");
      } else if (at instanceof java.security.cert.CertPathBuilderException
          || at instanceof java.security.cert.CertPathValidatorException) {
        untrusted = true;
      } else if (at instanceof CertificateException) {
        names = at.getMessage();
      }
    }
    if (untrusted) {
      return Optional.of("its certificate is from an authority that this node does not trust");
    }
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of("its certificate is for other names (" + names + ")");
  }

  /**
   * Speaks TLS to anybody, to learn whether that is what the other speaks; nothing is sent. A peer
   * that has shown a certificate does, whatever becomes of the connection: it may be cut before
   * this end has written what completes the handshake.
   */
  static final class Anybody extends X509ExtendedTrustManager {
    private volatile boolean shown;

    /** Whether the other has shown a certificate. */
    boolean speaksTls() {
      return shown;
    }

    SSLContext context() {
      try {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {this}, null);
        return context;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this Java has no TLS 1.3", e);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      shown = true;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      shown = true;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      shown = true;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
