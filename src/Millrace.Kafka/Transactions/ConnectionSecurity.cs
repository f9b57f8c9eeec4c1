using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Millrace.Kafka.Transactions;

/// <summary>How to secure and authenticate a connection of our own, from librdkafka's properties.</summary>
internal sealed class ConnectionSecurity
{
    private static readonly string[] Mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

    private readonly IReadOnlyDictionary<string, string> _properties;

    internal ConnectionSecurity(IReadOnlyDictionary<string, string> properties)
    {
        _properties = properties;
        string protocol = Get("security.protocol", "plaintext");
        UsesTls = protocol.EndsWith("ssl", StringComparison.OrdinalIgnoreCase);
        UsesSasl = protocol.StartsWith("sasl", StringComparison.OrdinalIgnoreCase);
        Mechanism = Get("sasl.mechanism", Get("sasl.mechanisms", "GSSAPI")).ToUpperInvariant();
        User = Get("sasl.username", "");
        Password = Get("sasl.password", "");
    }

    internal bool UsesTls { get; }

    internal bool UsesSasl { get; }

    internal string Mechanism { get; }

    internal string User { get; }

    internal string Password { get; }

    /// <summary>Adds what our own connections cannot do.</summary>
    internal void Validate(ICollection<string> errors)
    {
        if (UsesSasl && Array.IndexOf(Mechanisms, Mechanism) < 0)
        {
            errors.Add(
                $"KafkaSink with ExactlyOnce cannot use sasl.mechanism '{Mechanism}': committing a transaction after a crash goes over an "
                    + "own connection that knows "
                    + $"{string.Join(", ", Mechanisms)}. Use one of these, or DeliveryGuarantee.AtLeastOnce."
            );
        }

        if (UsesTls && (_properties.ContainsKey("ssl.keystore.location") || _properties.ContainsKey("ssl.engine.location")))
        {
            errors.Add(
                "KafkaSink with ExactlyOnce takes client certificates as PEM only: use ssl.certificate.location and ssl.key.location."
            );
        }
    }

    /// <summary>TLS as librdkafka would do it.</summary>
    internal SslClientAuthenticationOptions Tls(string host)
    {
        SslClientAuthenticationOptions options = new() { TargetHost = host };
        if (Authorities() is { Count: > 0 } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (ClientCertificate() is { } own)
        {
            options.ClientCertificates = [own];
        }

        bool verify = !Is("enable.ssl.certificate.verification", "false");
        bool names = !Is("ssl.endpoint.identification.algorithm", "none");
        if (!verify || !names)
        {
            options.RemoteCertificateValidationCallback = (_, _, _, errors) =>
                !verify || (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        }

        return options;
    }

    private X509Certificate2Collection Authorities()
    {
        X509Certificate2Collection all = [];
        if (_properties.TryGetValue("ssl.ca.location", out string? file))
        {
            if (Directory.Exists(file))
            {
                foreach (string each in Directory.EnumerateFiles(file))
                {
                    all.ImportFromPemFile(each);
                }
            }
            else if (file.Length > 0 && !string.Equals(file, "probe", StringComparison.Ordinal))
            {
                all.ImportFromPemFile(file);
            }
        }

        if (_properties.TryGetValue("ssl.ca.pem", out string? pem))
        {
            all.ImportFromPem(pem);
        }

        return all;
    }

    private X509Certificate2? ClientCertificate()
    {
        string? certificate = Text("ssl.certificate");
        string? key = Text("ssl.key");
        if (certificate is null || key is null)
        {
            return null;
        }

        return _properties.TryGetValue("ssl.key.password", out string? password)
            ? X509Certificate2.CreateFromEncryptedPem(certificate, key, password)
            : X509Certificate2.CreateFromPem(certificate, key);
    }

    private string? Text(string name)
    {
        if (_properties.TryGetValue(name + ".pem", out string? pem))
        {
            return pem;
        }

        return _properties.TryGetValue(name + ".location", out string? file) ? File.ReadAllText(file) : null;
    }

    private string Get(string name, string otherwise) => _properties.TryGetValue(name, out string? value) ? value : otherwise;

    private bool Is(string name, string value) =>
        _properties.TryGetValue(name, out string? actual) && string.Equals(actual, value, StringComparison.OrdinalIgnoreCase);
}
