"""Who may come into the console: a user pool, its groups, and the one client that signs people in."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.stage import Stage
from ledgerpost.domain.access import Role

TENANT_ATTRIBUTE = "tenant"
"""`custom:tenant` in a token. Set when a user is made, and by nobody ever again."""

TOKEN_LASTS = cdk.Duration.minutes(15)
"""How long what a token says counts: a person who is put into another group, or out of all, has it so long at most."""

SESSION_LASTS = cdk.Duration.hours(12)
"""How long a browser's session is renewed before the person signs in again."""


class Login(Construct):
    """The user pool with its pages."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, *, origin: str) -> None:
        """Create the pool for the console at `origin`, without anybody in it."""
        super().__init__(scope, construct_id)
        self.pool = self._pool(stage)
        for role in Role:
            group = cognito.CfnUserPoolGroup(
                self, role.name, user_pool_id=self.pool.user_pool_id, group_name=role.value
            )
            group.override_logical_id(f"{role.value.capitalize()}Group")
        self.client = self._client(origin)
        # The name of the pages' host is one for all accounts of the region.
        self.domain = self.pool.add_domain(
            "LoginDomain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"ledgerpost-{stage.name}-{cdk.Stack.of(self).account}"
            ),
        )
        named(self.domain, "LoginDomain")

    @property
    def issuer(self) -> str:
        """What the pool's tokens name as their issuer."""
        stack = cdk.Stack.of(self)
        return f"https://cognito-idp.{stack.region}.{stack.url_suffix}/{self.pool.user_pool_id}"

    def _pool(self, stage: Stage) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "UserPool",
            user_pool_name=f"ledgerpost-{stage.name}",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True)),
            custom_attributes={TENANT_ATTRIBUTE: cognito.StringAttribute(min_len=1, max_len=256, mutable=False)},
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=cdk.Duration.days(3),
            ),
            mfa=cognito.Mfa.REQUIRED if stage.needs_second_factor else cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.LITE,
            deletion_protection=stage.retain,
            removal_policy=removal_policy(stage),
        )
        acknowledge(
            pool,
            "COG2",
            "Whether a second factor is asked for is the stage's: prod does; elsewhere nobody's books are real.",
        )
        acknowledge(
            pool,
            "COG8",
            "Threat protection comes with the plan Plus alone, at $0.02 per person and month; here nobody signs up by "
            "themselves, passwords are long, and prod has a second factor. A stage may choose it in the settings.",
        )
        return named(pool, "UserPool")

    def _client(self, origin: str) -> cognito.UserPoolClient:
        """A client without a secret: what a secret would show, that the code comes back to who asked for it, PKCE does.

        It may write the address alone, which nothing is decided by; `custom:tenant` is read and never written.
        """
        client = self.pool.add_client(
            "ConsoleClient",
            generate_secret=False,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=[f"{origin}/callback"],
                logout_urls=[f"{origin}/signed-out"],
            ),
            # Scripts of the account's own people, who could make a user as well; no browser can use it.
            auth_flows=cognito.AuthFlow(admin_user_password=True),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            id_token_validity=TOKEN_LASTS,
            access_token_validity=TOKEN_LASTS,
            refresh_token_validity=SESSION_LASTS,
            read_attributes=cognito.ClientAttributes()
            .with_standard_attributes(email=True, email_verified=True)
            .with_custom_attributes(TENANT_ATTRIBUTE),
            write_attributes=cognito.ClientAttributes().with_standard_attributes(email=True),
        )
        return named(client, "ConsoleClient")
