using Xunit;

namespace Millrace.Embedded.Tests;

/// <summary>A test with a real access log; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AccessLogFactAttribute : FactAttribute
{
    public AccessLogFactAttribute() =>
        Skip = Repository.AccessLog is null
            ? "There is no shared/data/apache_logs beside the repository; set MILLRACE_ACCESS_LOG to an access log in combined format to "
                + "run this test."
            : null;
}
