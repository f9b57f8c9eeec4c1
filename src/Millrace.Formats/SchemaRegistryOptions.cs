using System.ComponentModel.DataAnnotations;

namespace Millrace.Formats;

/// <summary>How to reach a schema registry.</summary>
public sealed record SchemaRegistryOptions
{
    /// <summary>Where it is, for example <c>http://registry:8081</c>. No default.</summary>
    [Required]
    public required Uri Url { get; init; }

    /// <summary>User of basic authentication. Default: none.</summary>
    public string? UserName { get; init; }

    /// <summary>Password of basic authentication. Default: none.</summary>
    public string? Password { get; init; }

    /// <summary>Longest wait for an answer, positive. Default: 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
