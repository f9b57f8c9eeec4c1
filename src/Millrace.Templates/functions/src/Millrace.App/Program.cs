using System.Reflection;
using JobsNamespace;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Millrace.Functions;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

// All jobs of the assembly run, or those that the setting Millrace:Jobs names. Their constructors get services of builder.Services.
#if (hasJobs)
builder.AddMillraceJobs(jobs => jobs.AddAssembly(Assembly.Load("$jobs$")));
#else
builder.AddMillraceJobs(jobs => jobs.AddAssembly(Assembly.GetExecutingAssembly()));
#endif
ApplicationInsights.AddTo(builder.Services, builder.Configuration);
QuietLogs.AddTo(builder.Logging);
await builder.Build().RunAsync();
