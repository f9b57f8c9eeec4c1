namespace Millrace.Api;

/// <summary>How a job is described.</summary>
public enum DescriptionFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>A Mermaid flowchart.</summary>
    Mermaid,

    /// <summary>For tools.</summary>
    Json,
}
