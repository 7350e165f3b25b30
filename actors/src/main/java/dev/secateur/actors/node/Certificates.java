package dev.secateur.actors.node;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A private certificate authority for a small cluster, and the certificates of its nodes, in a
 * folder: {@code ca.crt} for clients, {@code ca.p12} to make more, {@code truststore.p12}, {@code
 * node-HOST.p12} for each host, and the {@code password} of all of them.
 */
public final class Certificates {
  static final String PASSWORD = "password";
  static final String TRUST = "truststore.p12";
  private static final String AUTHORITY = "ca.p12";
  private static final Duration LIFE = Duration.ofDays(3650);
  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path folder;
  private final char[] password;
  private final Instant now;

  private record Issuer(X509Certificate certificate, PrivateKey key) {}

  private Certificates(Path folder, char[] password, Instant now) {
    this.folder = folder;
    this.password = password;
    this.now = now;
  }

  /**
   * Makes the authority where the folder has none, and a certificate for each host.
   *
   * @throws InputException when a host is no address
   */
  public static void init(Path folder, List<String> hosts) throws IOException {
    init(folder, hosts, Instant.now());
  }

  /** The same at another time. */
  static void init(Path folder, List<String> hosts, Instant now) throws IOException {
    prepare(folder);
    Path file = folder.resolve(PASSWORD);
    if (!Files.isRegularFile(file)) {
      byte[] secret = new byte[24];
      new SecureRandom().nextBytes(secret);
      AtomicFile.writeSecret(file, Base64.getUrlEncoder().encode(secret));
    }
    Certificates made = new Certificates(folder, Files.readString(file).strip().toCharArray(), now);
    try {
      Issuer issuer = made.issuer();
      for (String host : hosts) {
        made.node(host, issuer);
      }
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException(folder + ": certificates can't be made: " + e.getMessage(), e);
    }
  }

  /** A folder that is made for secrets is its owner's alone; one that is there stays as it is. */
  private static void prepare(Path folder) throws IOException {
    Path whole = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(whole)) {
      Files.createDirectories(whole.getParent());
      Files.createDirectory(
          whole,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /** The file of a host's key and certificate. */
  static String nodeFile(String host) {
    return "node-" + host.replaceAll("[^A-Za-z0-9.-]", "_") + ".p12";
  }

  private Issuer issuer() throws GeneralSecurityException, OperatorCreationException, IOException {
    Path file = folder.resolve(AUTHORITY);
    if (Files.isRegularFile(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream content = Files.newInputStream(file)) {
        store.load(content, password);
      }
      return new Issuer(
          (X509Certificate) store.getCertificate("ca"), (PrivateKey) store.getKey("ca", password));
    }
    KeyPair keys = keys();
    X500Principal name = new X500Principal("CN=Secateur private CA");
    X509v3CertificateBuilder builder = builder(name, name, keys);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    X509Certificate certificate = signed(builder, keys.getPrivate());
    write(AUTHORITY, "ca", keys.getPrivate(), certificate);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, password);
    trusted.setCertificateEntry("ca", certificate);
    write(TRUST, trusted);
    StringWriter pem = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(pem)) {
      writer.writeObject(certificate);
    }
    AtomicFile.write(folder.resolve("ca.crt"), pem.toString());
    return new Issuer(certificate, keys.getPrivate());
  }

  private void node(String host, Issuer issuer)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    KeyPair keys = keys();
    X509v3CertificateBuilder builder =
        builder(
            issuer.certificate.getSubjectX500Principal(),
            new X500Principal("CN=Secateur node"),
            keys);
    boolean address = host.matches("[0-9.]+|.*:.*");
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host)));
    builder.addExtension(
        Extension.extendedKeyUsage,
        false,
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    X509Certificate certificate = signed(builder, issuer.key);
    write(nodeFile(host), "node", keys.getPrivate(), certificate, issuer.certificate);
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private X509v3CertificateBuilder builder(
      X500Principal issuer, X500Principal subject, KeyPair keys) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(128, new SecureRandom()),
        Date.from(now.minus(Duration.ofHours(1))),
        Date.from(now.plus(LIFE)),
        subject,
        keys.getPublic());
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
  }

  private void write(String name, String alias, PrivateKey key, Certificate... chain)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, password);
    store.setKeyEntry(alias, key, password, chain);
    write(name, store);
  }

  private void write(String name, KeyStore store) throws GeneralSecurityException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.store(bytes, password);
    AtomicFile.writeSecret(folder.resolve(name), bytes.toByteArray());
  }
}
