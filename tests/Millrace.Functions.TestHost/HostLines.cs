namespace Millrace.Functions.TestHost;

/// <summary>How lines begin that the host writes for who started it; its logs go to the error stream.</summary>
public static class HostLines
{
    /// <summary>All listens; the address of the HTTP functions follows.</summary>
    public const string Ready = "ready ";

    /// <summary>A worker has started; its process id follows.</summary>
    public const string Worker = "worker ";

    /// <summary>All that ran has ended after SIGTERM.</summary>
    public const string Drained = "drained";
}
