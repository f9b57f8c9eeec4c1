namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>A test with a client from npm, skipped where Node.js is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute()
    {
        if (!CommandLine.Exists("node") || !CommandLine.Exists("npm"))
        {
            Skip = "Node.js (node and npm) is not on the PATH; install version 20.19 or newer to judge the broker by clients from npm.";
        }
    }
}
