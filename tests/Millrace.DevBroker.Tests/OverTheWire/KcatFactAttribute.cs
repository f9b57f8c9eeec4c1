namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>A test with kcat, skipped where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KcatFactAttribute : FactAttribute
{
    public KcatFactAttribute()
    {
        if (!CommandLine.Exists("kcat"))
        {
            Skip = "kcat is not on the PATH; install it (Debian: apt install kcat) to judge the broker by it.";
        }
    }
}
